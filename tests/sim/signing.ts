import { Buffer } from "node:buffer";
import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as signNow,
  verify as verifyNow,
} from "node:crypto";
import type { Random } from "../random.ts";

/** Puts a value in the place of a property. */
type Replace = (on: object, name: string, value: unknown) => void;

/** DER wrapping of a bare Ed25519 public key (RFC 8410). */
const SPKI_PREFIX = Uint8Array.fromHex("302a300506032b6570032100");

/** An Ed25519 key as WebCrypto hands it out, for the synchronous functions of node:crypto. */
class SimKey implements CryptoKey {
  readonly algorithm = { name: "Ed25519" };
  readonly extractable = false;
  readonly type: KeyType;
  readonly usages: KeyUsage[];

  constructor(readonly key: KeyObject, isPrivate: boolean) {
    this.type = isPrivate ? "private" : "public";
    this.usages = isPrivate ? ["sign"] : ["verify"];
  }
}

/** Keys that were made before, in any world: to make one takes longer than to sign. */
const known = new Map<string, SimKey>();

/**
 * Real Ed25519 signatures that are there at once: WebCrypto's own come from another thread at a time
 * that no seed decides.
 */
export function replaceSubtle(replace: Replace): void {
  const { subtle } = crypto;
  replace(subtle, "importKey", (format: "raw" | "pkcs8", bytes: Uint8Array) => {
    const isPrivate = format === "pkcs8";
    const name = `${format} ${bytes.toHex()}`;
    const key = known.get(name) ??
      new SimKey(isPrivate ? privateKey(bytes) : publicKey(bytes), isPrivate);
    known.set(name, key);
    return Promise.resolve(key);
  });
  replace(subtle, "sign", (_algorithm: string, { key }: SimKey, message: Uint8Array) => {
    const bytes = new Uint8Array(signNow(null, message, key));
    return Promise.resolve(bytes.buffer);
  });
  replace(
    subtle,
    "verify",
    (_algorithm: string, { key }: SimKey, signature: Uint8Array, message: Uint8Array) =>
      Promise.resolve(verifyNow(null, message, key, signature)),
  );
}

/** Seeded bytes where the machine would give random ones. */
export function fillRandom(random: Random, replace: Replace): void {
  const fill = <T extends ArrayBufferView>(view: T): T => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let i = 0; i < bytes.length; i++) bytes[i] = random.below(256);
    return view;
  };
  replace(crypto, "getRandomValues", fill);
  replace(crypto, "randomUUID", () => {
    const hex = fill(new Uint8Array(16)).toHex();
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
      .join("-");
  });
}

function privateKey(pkcs8: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
}

function publicKey(raw: Uint8Array): KeyObject {
  const der = Buffer.from([...SPKI_PREFIX, ...raw]);
  return createPublicKey({ key: der, format: "der", type: "spki" });
}
