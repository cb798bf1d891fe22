import * as z from "zod";
import { Verdict } from "./gpu.ts";
import { LIMITS } from "./limits.ts";
import { GpuId, Sha256Hex, TimeMs, Ulid } from "./text.ts";

/** Asks for a challenge for a GPU of the session's actor. */
export const ChallengeRequest = z.strictObject({ gpu_id: GpuId });
export type ChallengeRequest = z.infer<typeof ChallengeRequest>;

/** A challenge that is about to start; `echo` (32 random bytes, hex) comes back at once. */
export const ChallengeIssued = z.strictObject({
  challenge_id: Ulid,
  gpu_id: GpuId,
  echo: Sha256Hex,
  /** By then all of it is over. */
  expires_at: TimeMs,
});
export type ChallengeIssued = z.infer<typeof ChallengeIssued>;

export const StartRequest = z.strictObject({ echo: Sha256Hex });
export type StartRequest = z.infer<typeof StartRequest>;

/** What is to be computed. Which sizes there are says `src/proof/size.ts`; a prover checks them. */
export const ChallengeView = z.strictObject({
  challenge_id: Ulid,
  gpu_id: GpuId,
  /** 32 random bytes, hex. */
  nonce: Sha256Hex,
  m: z.int().min(1).max(LIMITS.proof_matrix_rows),
  k: z.int().min(1).max(LIMITS.proof_matrix_depth),
  n: z.int().min(1).max(LIMITS.proof_matrix_depth),
  lanes: z.int().min(1).max(LIMITS.proof_chain_lanes),
  steps: z.int().min(1).max(LIMITS.proof_chain_steps),
  sweeps: z.int().min(1).max(LIMITS.proof_sweeps),
  expires_at: TimeMs,
});
export type ChallengeView = z.infer<typeof ChallengeView>;

/** The commitment of the product, or of the chain. */
export const RootRequest = z.strictObject({ root: Sha256Hex });
export type RootRequest = z.infer<typeof RootRequest>;

/** The nonce of the next stage. */
export const NonceView = z.strictObject({ nonce: Sha256Hex });
export type NonceView = z.infer<typeof NonceView>;

/** The commitments of all sweeps, in order. */
export const RootsRequest = z.strictObject({
  roots: z.array(Sha256Hex).min(1).max(LIMITS.proof_sweeps),
});
export type RootsRequest = z.infer<typeof RootsRequest>;

const Indices = z.array(z.int().min(0));
/** What is to be opened; each list ascends and repeats nothing. */
export const DrawView = z.strictObject({
  rows: Indices.length(LIMITS.proof_rows),
  lanes: Indices.min(1).max(LIMITS.proof_lanes),
  sweeps: Indices.min(1).max(LIMITS.proof_sweeps_opened),
});
export type DrawView = z.infer<typeof DrawView>;

export const Judged = z.strictObject({
  verdict: Verdict,
  listed: z.boolean(),
  seq: z.int().min(1),
});
export type Judged = z.infer<typeof Judged>;
