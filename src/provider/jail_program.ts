import { fileURLToPath } from "node:url";

/** How Horizon starts itself again as a child. */
export interface Program {
  /** Absolute path. */
  executable: string;
  /** Arguments before those of the stage. */
  args: readonly string[];
  /** What must be readable inside the jail beside the executable. */
  read: readonly string[];
  env: Readonly<Record<string, string>>;
}

/** A compiled Horizon at a path. */
export function compiledProgram(executable: string): Program {
  return { executable, args: [], read: [], env: {} };
}

/**
 * This very program. From source its jail is wider: Deno's cache, the sources and their
 * configuration can be read too, so the guarantee of DESIGN §6 is for the binary.
 */
export function ownProgram(): Program {
  if (Deno.build.standalone) return compiledProgram(Deno.execPath());
  const root = fileURLToPath(import.meta.resolve("../../"));
  const cache = denoCache();
  return {
    executable: Deno.execPath(),
    args: ["run", "-A", "--quiet", "--cached-only", `${root}src/main.ts`],
    read: [`${root}src`, `${root}deno.json`, `${root}deno.lock`, cache],
    env: { DENO_DIR: cache },
  };
}

/** Where Deno keeps its modules (its own rule, on Linux). */
function denoCache(): string {
  const home = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? ""}/.cache`;
  return Deno.env.get("DENO_DIR") ?? `${home}/deno`;
}
