import type { Transcript } from "../../proof/transcript.ts";
import type { ProofTranscript } from "../../protocol/proof.ts";
import type { OpenChallenge } from "./open_challenge.ts";

/** All that was said in a challenge but the answer; null before the openings were drawn. */
export function transcriptOf(open: OpenChallenge): Transcript | null {
  const { challenge_id, size, draw, stages: { matrix, chain, sweep } } = open;
  const [matrix_root] = matrix.roots;
  const [chain_root] = chain.roots;
  if (size === null || draw === null || matrix_root === undefined || chain_root === undefined) {
    return null;
  }
  return {
    challenge: { challenge_id, nonce: matrix.nonce, ...size },
    matrix_root,
    chain_nonce: chain.nonce,
    chain_root,
    sweep_nonce: sweep.nonce,
    sweep_roots: sweep.roots,
    draw,
  };
}

/** A transcript as the feed and the readers have it. */
export function wireTranscript(transcript: Transcript): ProofTranscript {
  const { challenge, draw, sweep_roots } = transcript;
  const { m, k, n, lanes, steps, sweeps } = challenge;
  return {
    nonce: challenge.nonce.toHex(),
    ...{ m, k, n, lanes, steps, sweeps },
    matrix_root: transcript.matrix_root.toHex(),
    chain_nonce: transcript.chain_nonce.toHex(),
    chain_root: transcript.chain_root.toHex(),
    sweep_nonce: transcript.sweep_nonce.toHex(),
    sweep_roots: sweep_roots.map((root) => root.toHex()),
    rows: [...draw.rows],
    lanes_opened: [...draw.lanes],
    sweeps_opened: [...draw.sweeps],
  };
}
