import * as ed from "@noble/ed25519";
import { decodeBase58, encodeBase58 } from "@std/encoding/base58";
import { createHash } from "node:crypto";
import { HorizonError } from "./errors.ts";

ed.hashes.sha512 = (message) => new Uint8Array(createHash("sha512").update(message).digest());

/** An Ed25519 key pair with its public name, the W3C Multikey text of the public key. */
export interface Identity {
  readonly id: string;
  readonly public_key: Uint8Array<ArrayBuffer>;
  /** Synchronous Ed25519 signature of the bytes: 64 bytes. */
  sign(message: Uint8Array): Uint8Array<ArrayBuffer>;
  /** The same signature by WebCrypto: three times as many a second, for the hot path. */
  signAsync(message: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
}

/** Length of an Ed25519 secret seed or public key, in bytes. */
export const KEY_BYTES = 32;
/** Length of an Ed25519 signature, in bytes. */
export const SIGNATURE_BYTES = 64;
/** Multicodec prefix of an Ed25519 public key. */
const ED25519_PUB = [0xed, 0x01] as const;
/** PKCS #8 wrapping of a bare Ed25519 seed (RFC 8410). */
export const PKCS8_PREFIX = Uint8Array.fromHex("302e020100300506032b657004220420");
/** Shape of an actor id: 'z6Mk' and 44 base58 digits. */
export const ACTOR_ID_PATTERN = /^z6Mk[1-9A-HJ-NP-Za-km-z]{44}$/;

/** The identity of a 32-byte secret seed. */
export function identityOf(secret: Uint8Array<ArrayBuffer>): Identity {
  const seed = secret.slice();
  const public_key = new Uint8Array(ed.getPublicKey(seed));
  let webKey: Promise<CryptoKey> | undefined;
  const importKey = () => {
    const pkcs8 = new Uint8Array([...PKCS8_PREFIX, ...seed]);
    return crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
  };
  return {
    id: actorId(public_key),
    public_key,
    sign: (message) => new Uint8Array(ed.sign(message, seed)),
    signAsync: async (message) => {
      webKey ??= importKey();
      return new Uint8Array(
        await crypto.subtle.sign("Ed25519", await webKey, message),
      );
    },
  };
}

/** A fresh random secret seed. */
export function newSecret(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(KEY_BYTES));
}

/** Multikey text of a public key: 'z' + base58btc(0xed01 ‖ key). */
export function actorId(public_key: Uint8Array): string {
  return "z" + encodeBase58(new Uint8Array([...ED25519_PUB, ...public_key]));
}

/**
 * The public key that an actor id names. Throws `invalid_key` unless it is the canonical encoding of
 * a torsion-free point: noble decides, since WebCrypto takes small-order keys.
 */
export function publicKeyOf(id: string): Uint8Array<ArrayBuffer> {
  const refuse = (why: string, cause?: unknown) =>
    new HorizonError("invalid_key", `The key id is not valid: ${why}`, {
      cause,
    });
  if (!ACTOR_ID_PATTERN.test(id)) {
    throw refuse("it must be 'z6Mk' and 44 base58 characters");
  }
  const bytes = decodeBase58(id.slice(1));
  if (
    bytes.length !== KEY_BYTES + 2 || bytes[0] !== ED25519_PUB[0] ||
    bytes[1] !== ED25519_PUB[1]
  ) {
    throw refuse("it does not name an Ed25519 key");
  }
  const key = bytes.slice(2);
  let point;
  try {
    point = ed.Point.fromBytes(key);
  } catch (cause) {
    throw refuse("its bytes are not a point of the curve", cause);
  }
  if (point.isSmallOrder() || !point.isTorsionFree()) {
    throw refuse("its point has a small-order part");
  }
  return key;
}
