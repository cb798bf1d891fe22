import { SIGNATURE_BYTES } from "./identity.ts";

/** How many imported public keys are kept; the oldest leaves first. */
const MAX_CACHED_KEYS = 4096;
const imported = new Map<string, Promise<CryptoKey>>();

/**
 * True if the Ed25519 signature is valid: strict and cofactorless (canonical S, R compared byte by
 * byte), as WebCrypto checks it. The key must have passed `publicKeyOf`, since WebCrypto takes
 * small-order keys; `id` is the cache key for its import.
 */
export async function verifySignature(
  id: string,
  public_key: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  message: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  if (signature.length !== SIGNATURE_BYTES) return false;
  let key = imported.get(id);
  if (key === undefined) {
    key = crypto.subtle.importKey("raw", public_key, "Ed25519", false, ["verify"]);
    if (imported.size >= MAX_CACHED_KEYS) imported.delete(imported.keys().next().value ?? "");
    imported.set(id, key);
  }
  return await crypto.subtle.verify("Ed25519", await key, signature, message);
}
