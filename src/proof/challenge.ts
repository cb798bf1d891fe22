import { HorizonError } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import { publicKeyOf } from "../base/identity.ts";
import { checkSize, type ProofSize } from "./size.ts";

/** Length of a nonce, in bytes. */
export const NONCE_BYTES = 32;
/** Longest GPU id that a seed may bind, in UTF-8 bytes; markets allow far less. */
const MAX_GPU_ID_BYTES = 255;
const SEED_DOMAIN = "horizon/proof/2";
const CHAIN_DOMAIN = "horizon/chain/2";
const SWEEP_DOMAIN = "horizon/sweep/2";

/** What a registry asks a GPU first: multiply the two matrices of this seed. */
export interface Challenge extends ProofSize {
  readonly challenge_id: string;
  readonly nonce: Uint8Array;
}

/**
 * Refuses a challenge that no honest registry sends, before any buffer is made for it: a nonce of
 * another length, or a size out of bounds. Throws `invalid_challenge`.
 */
export function checkChallenge(challenge: Challenge): void {
  if (challenge.nonce.length !== NONCE_BYTES) {
    throw new HorizonError(
      "invalid_challenge",
      `The challenge's nonce must have ${NONCE_BYTES} bytes`,
    );
  }
  checkSize(challenge);
}

/**
 * The 32-byte seed of both matrices: SHA-256("horizon/proof/2" ‖ nonce ‖ the provider's raw key ‖
 * gpu_id, its length in one byte first ‖ m, k, n, lanes, steps, sweeps as u32 LE). An answer thus fits
 * one challenge, one key and one GPU id. Throws `invalid_key` or `invalid_challenge`.
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
  const { m, k, n, lanes, steps, sweeps } = challenge;
  const sizes = new DataView(new ArrayBuffer(24));
  [m, k, n, lanes, steps, sweeps].forEach((value, i) => sizes.setUint32(4 * i, value, true));
  return sha256(
    SEED_DOMAIN,
    challenge.nonce,
    publicKeyOf(provider_id),
    Uint8Array.of(id.length),
    id,
    new Uint8Array(sizes.buffer),
  );
}

/** The chain's key: nobody knows it before the product is committed and the registry has answered. */
export function chainKey(
  seed: Uint8Array,
  matrix_root: Uint8Array,
  chain_nonce: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return sha256(CHAIN_DOMAIN, seed, matrix_root, chain_nonce);
}

/** The first sweep's key; each later one is the root of the sweep before it. */
export function sweepKey(
  seed: Uint8Array,
  matrix_root: Uint8Array,
  chain_root: Uint8Array,
  sweep_nonce: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return sha256(SWEEP_DOMAIN, seed, matrix_root, chain_root, sweep_nonce);
}
