import { type Challenge, challengeSeed } from "../proof/challenge.ts";
import type { ProofOutcome } from "../proof/outcome.ts";
import { verifyAnswer } from "../proof/pipeline.ts";
import { serveRole, WorkerRole } from "./workers.ts";

/** A whole proof, to be checked on the CPU. */
export interface ProofToCheck {
  challenge: Challenge;
  provider: string;
  gpu_id: string;
  root: Uint8Array<ArrayBuffer>;
  indices: number[];
  answer: Uint8Array<ArrayBuffer>;
}

/** Checks proofs, one after the other. */
export interface ProofChecker {
  check(proof: ProofToCheck): Promise<ProofOutcome>;
  close(): void;
}

/** The role "verify": checks proofs, which takes a third of a second each. */
export function runProofWorker(): void {
  serveRole(checkProof);
}

/** A checker in a Worker of that role; the main thread goes on meanwhile. */
export function proofChecker(main_url: string, onDeath: (reason: string) => void): ProofChecker {
  const role = new WorkerRole<ProofToCheck, ProofOutcome>(main_url, "verify", onDeath);
  return { check: (proof) => role.ask(proof), close: () => role.close() };
}

function checkProof(proof: ProofToCheck): Promise<ProofOutcome> {
  const { challenge, provider, gpu_id, root, indices, answer } = proof;
  const seed = challengeSeed(challenge, provider, gpu_id);
  const random = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes);
  return Promise.resolve(verifyAnswer({ challenge, seed, root, indices, answer }, random));
}
