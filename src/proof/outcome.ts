/**
 * The check of an answer that failed: its wire form, the commitments, the product, the chain or the
 * tags of the sweeps.
 */
export type ProofStep = "openings" | "commitment" | "product" | "chain" | "sweep";

/** Why an answer is refused: the step, a stable code within it, and a sentence for people. */
export interface ProofFailure {
  readonly ok: false;
  readonly step: ProofStep;
  readonly code: string;
  readonly reason: string;
}

/** The outcome of checking an answer. */
export type ProofOutcome = { readonly ok: true } | ProofFailure;

/** A refusal. */
export function proofFailure(step: ProofStep, code: string, reason: string): ProofFailure {
  return { ok: false, step, code, reason };
}
