import { basename, join } from "node:path";
import { KEY_FILE, keyFilePath, NODE_KEY_FILE } from "../../base/keyfile.ts";
import { readLocalAccess } from "../../client/local.ts";
import type { Context } from "../context.ts";
import type { Known } from "./redact.ts";

/** Variables that hold a secret, those that hold a user's name, and those that name a home. */
const SECRET_VARIABLES = ["DENO_KV_ACCESS_TOKEN", "DENO_AUTH_TOKENS", "HTTPS_PROXY", "HTTP_PROXY"];
const NAME_VARIABLES = ["USER", "LOGNAME", "USERNAME"];
const HOME_VARIABLES = ["HOME", "USERPROFILE"];
/** Names that are everybody's. */
const COMMON_NAMES: ReadonlySet<string> = new Set(["root", "horizon", "deno", "user", "home"]);
const MAX_KEY_FILE_BYTES = 4096;

/** What a bundle of this machine must not hold, as far as it can be known by its text. */
export async function knownOf(ctx: Context): Promise<Known> {
  const { env } = ctx.io;
  const homes = HOME_VARIABLES.map((name) => env.get(name) ?? "").filter((path) => path.length > 1);
  const own = env.get("HORIZON_HOME") ?? "";
  return {
    secrets: [...await secretsOf(ctx)],
    folders: new Map([
      ...homes.map((path): [string, string] => [path, "~"]),
      ...(own.length > 1 ? [[own, "$HORIZON_HOME"] as const] : []),
    ]),
    names: new Map([
      ...[
        ...NAME_VARIABLES.map((name) => env.get(name) ?? ""),
        ...homes.map((path) => basename(path)),
      ].filter((name) => !COMMON_NAMES.has(name)).map((name): [string, string] => [
        name,
        "<user>",
      ]),
      [hostName(), "<host>"],
    ]),
  };
}

/** The text of each secret in this person's files and environment, and the forms that it has. */
async function secretsOf(ctx: Context): Promise<Set<string>> {
  const found = new Set<string>();
  const { config, data } = foldersIn(ctx);
  if (config !== null) {
    const { key_file } = await ctx.config().catch(() => ({ key_file: null }));
    const paths = [keyFilePath(config, key_file), join(config, KEY_FILE)];
    for (const path of paths) addKey(found, await textOf(path));
  }
  if (data !== null) {
    addKey(found, await textOf(join(data, NODE_KEY_FILE)));
    const access = await readLocalAccess(data).catch(() => null);
    if (access !== null && access.token !== null) found.add(access.token);
  }
  for (const name of SECRET_VARIABLES) found.add(ctx.io.env.get(name) ?? "");
  found.delete("");
  return found;
}

/** A PEM file's lines, its whole body, and the key inside it in base64 and hexadecimal. */
function addKey(found: Set<string>, text: string): void {
  const lines = text.split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("-----"));
  for (const line of [...lines, lines.join("")]) found.add(line);
  try {
    const secret = Uint8Array.fromBase64(lines.join("")).slice(-32);
    found.add(secret.toHex());
    found.add(secret.toBase64().replace(/=+$/, ""));
    found.add(secret.toBase64({ alphabet: "base64url" }).replace(/=+$/, ""));
  } catch {
    // Not base64: its lines are known as they are.
  }
}

async function textOf(path: string): Promise<string> {
  try {
    const { size, isFile } = await Deno.stat(path);
    return isFile && size <= MAX_KEY_FILE_BYTES ? await Deno.readTextFile(path) : "";
  } catch {
    return "";
  }
}

function foldersIn(ctx: Context): { config: string | null; data: string | null } {
  try {
    return ctx.folders;
  } catch {
    // There is no home folder, and so no file of ours.
    return { config: null, data: null };
  }
}

function hostName(): string {
  const name = Deno.hostname();
  return COMMON_NAMES.has(name) || name === "localhost" ? "" : name;
}
