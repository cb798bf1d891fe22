import type { Command } from "./command.ts";

/** A line of the table of commands: enough for the overview, and the way to the rest. */
export interface CommandEntry {
  summary: string;
  load: () => Promise<{ command: Command }>;
}

/**
 * Every command by its full name, in the order of the overview. Each is loaded when it is called, so
 * that `horizon version` loads none of the registry, the provider or the GPU.
 */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  "version": {
    summary: "Print the version",
    load: () => import("./commands/version.ts"),
  },
};
