import { delimiter, join } from "node:path";
import { HorizonError } from "../base/errors.ts";
import type { Env } from "../base/paths.ts";
import { programFile } from "../base/platform.ts";

/** A program that makes one ES module of several files. */
interface Bundler {
  name: string;
  args(entry: string, out: string): string[];
}

/** Those that are looked for on the PATH, in this order. */
const BUNDLERS: readonly Bundler[] = [
  {
    name: "esbuild",
    args: (entry, out) => [
      ...[entry, "--bundle", "--format=esm", "--platform=browser", "--log-level=warning"],
      `--outfile=${out}`,
    ],
  },
  {
    name: "deno",
    args: (entry, out) => ["bundle", "--quiet", "--platform", "browser", "--output", out, entry],
  },
];

/** How much of what a bundler says is shown, in characters from its end. */
const SHOWN_CHARS = 4_000;

/** A bundler of this machine's. */
export interface FoundBundler extends Bundler {
  executable: string;
}

/** The first bundler on the PATH; null where there is none. */
export async function findBundler(env: Env): Promise<FoundBundler | null> {
  for (const bundler of BUNDLERS) {
    const executable = await findProgram(env, bundler.name);
    if (executable !== null) return { ...bundler, executable };
  }
  return null;
}

/**
 * Makes one self-contained ES module of a file and all that it imports, TypeScript or JavaScript.
 * Throws `invalid_job` with the bundler's words where it fails.
 */
export async function bundleModule(
  { name, executable, args }: FoundBundler,
  entry: string,
  out: string,
): Promise<void> {
  const { success, stderr } = await new Deno.Command(executable, {
    args: args(entry, out),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  const words = new TextDecoder().decode(stderr).trim().slice(-SHOWN_CHARS);
  throw new HorizonError("invalid_job", `${name} can't bundle ${entry}:\n${words}`);
}

async function findProgram(env: Env, name: string): Promise<string | null> {
  const file = programFile(name);
  for (const folder of (env.get("PATH") ?? "").split(delimiter)) {
    if (folder === "") continue;
    const path = join(folder, file);
    const found = await Deno.stat(path).catch(() => null);
    if (found?.isFile === true) return path;
  }
  return null;
}
