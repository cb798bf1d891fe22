import { HorizonError } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import { publicKeyOf } from "../base/identity.ts";
import { type MatrixSize, profileNamed } from "./profiles.ts";

/** Length of a challenge's nonce, in bytes. */
export const NONCE_BYTES = 32;
/** Longest GPU id that a seed may bind, in UTF-8 bytes; markets allow far less. */
const MAX_GPU_ID_BYTES = 255;
const SEED_DOMAIN = "horizon/proof/1";

/** What a registry asks a GPU: multiply the two matrices of this seed. */
export interface Challenge extends MatrixSize {
  readonly challenge_id: string;
  readonly nonce: Uint8Array;
  readonly profile: string;
}

/**
 * Refuses a challenge that no honest registry sends, before any buffer is made for it: the nonce has
 * 32 bytes and the size is exactly that of the named profile. Throws `invalid_challenge`.
 */
export function checkChallenge(challenge: Challenge): void {
  const profile = profileNamed(challenge.profile);
  const refuse = (why: string) => new HorizonError("invalid_challenge", why);
  if (challenge.nonce.length !== NONCE_BYTES) {
    throw refuse(`The challenge's nonce must have ${NONCE_BYTES} bytes`);
  }
  if (profile === undefined) throw refuse("The challenge names a profile this version lacks");
  if (profile.m !== challenge.m || profile.k !== challenge.k || profile.n !== challenge.n) {
    throw refuse(`The challenge's size is not that of its profile ${profile.name}`);
  }
}

/**
 * The 32-byte seed of both matrices: SHA-256("horizon/proof/1" ‖ nonce ‖ the provider's raw key ‖
 * gpu_id, its length in one byte first ‖ M ‖ K ‖ N as u32 LE). An answer thus fits one challenge, one
 * key and one GPU id. Throws `invalid_key` or `invalid_challenge`.
 */
export function challengeSeed(
  challenge: Challenge,
  provider_id: string,
  gpu_id: string,
): Uint8Array<ArrayBuffer> {
  checkChallenge(challenge);
  const id = new TextEncoder().encode(gpu_id);
  if (id.length === 0 || id.length > MAX_GPU_ID_BYTES) {
    throw new HorizonError("invalid_challenge", "The GPU id's length is out of bounds");
  }
  const size = new DataView(new ArrayBuffer(12));
  [challenge.m, challenge.k, challenge.n].forEach((value, i) => size.setUint32(4 * i, value, true));
  return sha256(
    SEED_DOMAIN,
    challenge.nonce,
    publicKeyOf(provider_id),
    Uint8Array.of(id.length),
    id,
    new Uint8Array(size.buffer),
  );
}
