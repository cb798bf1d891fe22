import * as z from "zod";
import { LIMITS } from "./limits.ts";
import { Sha256Hex } from "./text.ts";

/** Why a registry had a GPU prove itself. */
export const PROOF_REASONS = [
  "registration",
  "idle",
  "first_rental",
  "complaint",
  "cohort",
] as const;
export const ProofReason = z.enum(PROOF_REASONS);
export type ProofReason = z.infer<typeof ProofReason>;

const Uint32 = z.int().min(0).max(0xffff_ffff);
const Size = z.int().min(1).max(0xffff_ffff);

/**
 * What was said in a proof (DESIGN §5): the registry's nonces and its draw, the sizes, and the
 * provider's commitments. With it and the kept answer anyone can check the proof again.
 */
export const ProofTranscript = z.strictObject({
  nonce: Sha256Hex,
  m: Size,
  k: Size,
  n: Size,
  lanes: Size,
  steps: Size,
  sweeps: z.int().min(1).max(LIMITS.proof_sweeps),
  matrix_root: Sha256Hex,
  chain_nonce: Sha256Hex,
  chain_root: Sha256Hex,
  sweep_nonce: Sha256Hex,
  /** One for each sweep, in order. */
  sweep_roots: z.array(Sha256Hex).min(1).max(LIMITS.proof_sweeps),
  /** What was opened: distinct, ascending. */
  rows: z.array(Uint32).max(LIMITS.proof_rows),
  lanes_opened: z.array(Uint32).max(LIMITS.proof_lanes),
  sweeps_opened: z.array(Uint32).max(LIMITS.proof_sweeps_opened),
});
export type ProofTranscript = z.infer<typeof ProofTranscript>;
