import { type Challenge, challengeSeed } from "./challenge.ts";
import { checkDraw } from "./draw.ts";
import type { ProofOutcome } from "./outcome.ts";
import { verifyAnswer } from "./pipeline.ts";
import type { FillRandom } from "./random.ts";
import type { ProofSize } from "./size.ts";
import type { Transcript } from "./transcript.ts";

/** What was said in a proof, as it is kept: bytes as lower-case hex, each list ascending. */
export interface StoredTranscript extends ProofSize {
  readonly nonce: string;
  readonly matrix_root: string;
  readonly chain_nonce: string;
  readonly chain_root: string;
  readonly sweep_nonce: string;
  readonly sweep_roots: readonly string[];
  readonly rows: readonly number[];
  readonly lanes_opened: readonly number[];
  readonly sweeps_opened: readonly number[];
}

/** A proof that is kept: whose it was, and what was said. */
export interface StoredProof {
  readonly challenge_id: string;
  readonly owner: string;
  readonly gpu_id: string;
  readonly proof: StoredTranscript;
}

/**
 * Checks a kept answer again on this machine, as the registry did. Throws `invalid_challenge` or
 * `invalid_key` for a transcript that no registry writes. Nothing of it shows how long it took.
 */
export function verifyStored(
  stored: StoredProof,
  answer: Uint8Array,
  random: FillRandom,
): ProofOutcome {
  const transcript = transcriptOf(stored);
  const seed = challengeSeed(transcript.challenge, stored.owner, stored.gpu_id);
  checkDraw(transcript.challenge, transcript.draw);
  return verifyAnswer({ seed, transcript, answer }, random);
}

function transcriptOf({ challenge_id, proof }: StoredProof): Transcript {
  const { m, k, n, lanes, steps, sweeps } = proof;
  const bytes = (hex: string) => Uint8Array.fromHex(hex);
  const nonce = bytes(proof.nonce);
  const challenge: Challenge = { challenge_id, nonce, m, k, n, lanes, steps, sweeps };
  return {
    challenge,
    matrix_root: bytes(proof.matrix_root),
    chain_nonce: bytes(proof.chain_nonce),
    chain_root: bytes(proof.chain_root),
    sweep_nonce: bytes(proof.sweep_nonce),
    sweep_roots: proof.sweep_roots.map(bytes),
    draw: { rows: proof.rows, lanes: proof.lanes_opened, sweeps: proof.sweeps_opened },
  };
}
