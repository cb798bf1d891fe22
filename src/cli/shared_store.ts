import { HorizonError } from "../base/errors.ts";
import type { Env } from "../base/paths.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { SharedOptions } from "../registry/leadership/shared.ts";

/** Variable of the environment that holds the access token, as Deno's own KV reads it. */
const TOKEN_VARIABLE = "DENO_KV_ACCESS_TOKEN";
/** Addresses that mean all of this machine's: another machine can't call them. */
const WILDCARDS: ReadonlySet<string> = new Set(["0.0.0.0", "[::]"]);

/** The flags of `serve` that say how it shares a store. */
export interface SharedFlags {
  kv: string | undefined;
  shared: string | undefined;
  advertise: string | undefined;
}

/**
 * What the flags and the environment say of a shared store; null without `--kv`. Throws `invalid_input`,
 * and never names the token.
 */
export function readSharedStore(
  flags: SharedFlags,
  env: Env,
): SharedOptions | null {
  const { kv, shared, advertise } = flags;
  if (kv === undefined) {
    const lone = shared !== undefined ? "--shared" : advertise !== undefined ? "--advertise" : null;
    if (lone === null) return null;
    throw new HorizonError("invalid_input", `${lone} goes with --kv.`);
  }
  const url = readUrl("--kv", kv).href;
  const token = env.get(TOKEN_VARIABLE) ?? "";
  if (token === "" || token.length > LIMITS.store_token_chars) {
    throw new HorizonError("invalid_input", `--kv needs the store's access token.`, {
      fix: `Set it in the environment: ${TOKEN_VARIABLE}`,
    });
  }
  return { kv: { url, token }, files_folder: shared ?? null };
}

/**
 * The URL at which the other processes reach this one: that of `--advertise`, else the one it listens
 * on. Throws `invalid_input` for one that only means something on this machine.
 */
export function advertisedUrl(advertise: string | undefined, listening: string): string {
  if (advertise !== undefined) return readUrl("--advertise", advertise).origin;
  if (!WILDCARDS.has(new URL(listening).hostname)) return listening;
  throw new HorizonError(
    "invalid_input",
    "The other processes can't reach this one at every address.",
    {
      fix: "Say where they reach it: --advertise <url>",
    },
  );
}

function readUrl(flag: string, text: string): URL {
  const url = URL.parse(text);
  const isWeb = url !== null && /^https?:$/.test(url.protocol) && text.length <= LIMITS.url_chars;
  if (!isWeb) throw new HorizonError("invalid_input", `${flag} takes an http or https URL.`);
  if (url.username === "" && url.password === "" && url.search === "" && url.hash === "") {
    return url;
  }
  // What is wrong with it may be a secret.
  throw new HorizonError("invalid_input", `${flag} takes a URL without a password or a query.`, {
    fix: `The access token comes from the environment: ${TOKEN_VARIABLE}`,
  });
}
