import { createHash } from "node:crypto";

/** Length of a SHA-256 digest, in bytes. */
export const SHA256_BYTES = 32;

/** SHA-256 of the parts, one after the other. Synchronous: WebCrypto's costs a promise a call. */
export function sha256(
  ...parts: (Uint8Array | string)[]
): Uint8Array<ArrayBuffer> {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** SHA-256 of the parts as 64 lower-case hex digits: the form in events, receipts and blob names. */
export function sha256Hex(...parts: (Uint8Array | string)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}
