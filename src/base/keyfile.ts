import { dirname, join } from "node:path";
import { writeFileAtomically } from "./atomic_file.ts";
import { HorizonError, messageOf } from "./errors.ts";
import { type Identity, identityOf, KEY_BYTES, newSecret, PKCS8_PREFIX } from "./identity.ts";
import { makePrivateFolder } from "./paths.ts";

/** Name of the person's key file in the config folder. */
export const KEY_FILE = "key.pem";
/** Name of a registry's own key file in its data folder. */
export const NODE_KEY_FILE = "node.key";

/** Permission bits of the group and of others. */
const OTHERS_BITS = 0o077;
/** No key file is longer; what is, isn't one. */
const KEY_FILE_MAX_BYTES = 4096;
const PEM = /^-----BEGIN PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END PRIVATE KEY-----\s*$/;

/** The person's key file: the configured one, else that in the config folder. */
export function keyFilePath(config_folder: string, key_file: string | null): string {
  return key_file ?? join(config_folder, KEY_FILE);
}

/**
 * Makes a key file with a fresh Ed25519 key: PKCS #8 in PEM (RFC 8410), mode 0600. Throws
 * `already_exists` where a file is there.
 */
export async function createKeyFile(path: string): Promise<Identity> {
  const secret = newSecret();
  const der = new Uint8Array([...PKCS8_PREFIX, ...secret]);
  const text = `-----BEGIN PRIVATE KEY-----\n${der.toBase64()}\n-----END PRIVATE KEY-----\n`;
  await makePrivateFolder(dirname(path));
  try {
    await writeFileAtomically(path, text, { fresh: true });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AlreadyExists)) throw cause;
    throw new HorizonError("already_exists", `There is a key file already: ${path}`, { cause });
  }
  return identityOf(secret);
}

/**
 * The identity of a key file. Throws `key_missing`, `key_exposed` (the group or others may touch it)
 * or `invalid_key` (it holds something else).
 */
export async function loadKeyFile(path: string): Promise<Identity> {
  const info = await Deno.stat(path).catch((cause) => {
    if (cause instanceof Deno.errors.NotFound) throw missing(path, cause);
    throw invalid(path, messageOf(cause), cause);
  });
  if (!info.isFile || info.size > KEY_FILE_MAX_BYTES) throw invalid(path, "it is not a key file");
  if (info.mode !== null && (info.mode & OTHERS_BITS) !== 0) {
    const mode = (info.mode & 0o777).toString(8).padStart(4, "0");
    throw new HorizonError("key_exposed", `Others can use the key file ${path} (mode ${mode}).`, {
      fix: `Run: chmod 600 ${path}`,
    });
  }
  return identityOf(secretOf(path, await Deno.readTextFile(path)));
}

function secretOf(path: string, text: string): Uint8Array<ArrayBuffer> {
  const body = PEM.exec(text)?.[1];
  if (body === undefined) throw invalid(path, "it is not a private key in PEM");
  let der;
  try {
    der = Uint8Array.fromBase64(body);
  } catch {
    // The cause would quote the secret.
    throw invalid(path, "its base64 is damaged");
  }
  const isEd25519 = PKCS8_PREFIX.every((byte, i) => der[i] === byte);
  if (!isEd25519 || der.length !== PKCS8_PREFIX.length + KEY_BYTES) {
    throw invalid(path, "it is not an Ed25519 key");
  }
  return der.slice(PKCS8_PREFIX.length);
}

function missing(path: string, cause: unknown): HorizonError {
  return new HorizonError("key_missing", `There is no key file ${path}.`, {
    cause,
    fix: "Run: horizon init",
  });
}

function invalid(path: string, why: string, cause?: unknown): HorizonError {
  return new HorizonError("invalid_key", `The key file ${path} can't be used: ${why}.`, {
    cause,
    fix: "Restore it from a copy, or move it away and run: horizon init",
  });
}
