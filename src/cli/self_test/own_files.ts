import { configPath, readEntries } from "../../base/config.ts";
import { HorizonError } from "../../base/errors.ts";
import { keyFilePath, loadKeyFile } from "../../base/keyfile.ts";
import type { Context } from "../context.ts";
import { type Check, fail, type Finding, pass, skip, warn } from "./check.ts";

const LOCAL_TIMEOUT_MS = 5_000;
/** Permission bits of the group and of others, and of those the ones that let them write. */
const OTHERS_BITS = 0o077, OTHERS_WRITE_BITS = 0o022;

/** The person's files: what they say, and who else can touch them. */
export function ownFileChecks(ctx: Context): Check[] {
  return [configCheck(ctx), keyCheck(ctx), foldersCheck(ctx)];
}

function configCheck(ctx: Context): Check {
  return {
    id: "config",
    purpose: "know what you have set",
    required: "a config file that can be read and that nobody else can write, or none",
    remedy: "Correct the file, or remove it to start from the defaults.",
    timeout_ms: LOCAL_TIMEOUT_MS,
    async run() {
      const path = configPath(ctx.folders.config);
      const mode = await modeOf(path);
      if (mode === undefined) return pass("none: every key has its default");
      const keys = Object.keys(await readEntries(ctx.folders.config)).length;
      const actual = `${keys} ${keys === 1 ? "key" : "keys"} set${modeText(mode)}`;
      if (mode === null || (mode & OTHERS_WRITE_BITS) === 0) return pass(actual);
      return fail(actual, `Run: chmod 600 ${path}`);
    },
  };
}

function keyCheck(ctx: Context): Check {
  return {
    id: "key",
    purpose: "sign what you do; your key is your account",
    required: "an Ed25519 key file of mode 0600",
    remedy: "Run: horizon init",
    timeout_ms: LOCAL_TIMEOUT_MS,
    async run() {
      // A damaged config is the row above; the key is then looked for where it lies by default.
      const config = await ctx.config().catch(() => null);
      const path = keyFilePath(ctx.folders.config, config?.key_file ?? null);
      try {
        const { id } = await loadKeyFile(path);
        return pass(`${id}${modeText(await modeOf(path) ?? null)}`);
      } catch (thrown) {
        const isMissing = thrown instanceof HorizonError && thrown.code === "key_missing";
        if (isMissing) return warn("there is none", "Run: horizon init");
        throw thrown;
      }
    },
  };
}

function foldersCheck(ctx: Context): Check {
  return {
    id: "folders",
    purpose: "keep others of this machine out of your files",
    required: "config, data and state folders of mode 0700",
    remedy: "Run: horizon init",
    timeout_ms: LOCAL_TIMEOUT_MS,
    async run(): Promise<Finding> {
      const { config, data, state } = ctx.folders;
      const open: string[] = [];
      const found: string[] = [];
      for (const [name, path] of Object.entries({ config, data, state })) {
        const mode = await modeOf(path);
        found.push(`${name}: ${mode === undefined ? "none yet" : octal(mode)}`);
        if (typeof mode === "number" && (mode & OTHERS_BITS) !== 0) open.push(path);
      }
      const actual = found.join(", ");
      if (open.length > 0) return fail(actual, `Run: chmod 700 ${open.join(" ")}`);
      return found.every((text) => text.endsWith("none yet"))
        ? skip(actual, "Run: horizon init")
        : pass(actual);
    },
  };
}

/** Permission bits; null where the system has none, undefined where there is no such file. */
async function modeOf(path: string): Promise<number | null | undefined> {
  try {
    const { mode } = await Deno.stat(path);
    return mode === null ? null : mode & 0o777;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
}

function octal(mode: number | null): string {
  return mode === null ? "no modes on this system" : mode.toString(8).padStart(4, "0");
}

function modeText(mode: number | null): string {
  return mode === null ? "" : `, mode ${octal(mode)}`;
}
