import { unavailable } from "./libc.ts";

/** What the parent tells the jail, as JSON in its one argument. No secrets: `ps` shows it. */
export interface JailConfig {
  /** The process that must still be the parent. */
  parent_pid: number;
  /** Cap on the private writable memory of what runs inside. */
  data_bytes: number;
  /** Files and folders that may be read beside the usual ones. */
  read: string[];
  /** The control group that the child joins first of all; null where none is delegated. */
  cgroup: string | null;
  /** The program to execute, by absolute path, and its arguments. */
  command: string[];
}

/** The text form of a configuration: the argument of `__jail`. */
export function formatJailConfig(config: JailConfig): string {
  return JSON.stringify(config);
}

/** The configuration in an argument. Throws `jail_unavailable` if it isn't one. */
export function parseJailConfig(text: string | undefined): JailConfig {
  const value: unknown = text === undefined ? null : JSON.parse(text);
  if (typeof value === "object" && value !== null) {
    const parent_pid = positive(Reflect.get(value, "parent_pid"));
    const data_bytes = positive(Reflect.get(value, "data_bytes"));
    const read = texts(Reflect.get(value, "read"));
    const cgroup = folderOrNull(Reflect.get(value, "cgroup"));
    const command = texts(Reflect.get(value, "command"));
    const isWhole = parent_pid && data_bytes && read && cgroup !== undefined;
    if (isWhole && command?.[0]?.startsWith("/")) {
      return { parent_pid, data_bytes, read, cgroup, command };
    }
  }
  throw unavailable("__jail takes one argument, its configuration, from its own parent");
}

function positive(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : null;
}

function folderOrNull(value: unknown): string | null | undefined {
  return value === null || (typeof value === "string" && value.startsWith("/")) ? value : undefined;
}

function texts(value: unknown): string[] | null {
  const isText = (item: unknown) => typeof item === "string";
  return Array.isArray(value) && value.every(isText) ? value : null;
}
