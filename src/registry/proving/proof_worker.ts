import { setPriority } from "node:os";
import { challengeSeed } from "../../proof/challenge.ts";
import type { ProofOutcome } from "../../proof/outcome.ts";
import { verifyAnswer } from "../../proof/pipeline.ts";
import type { Transcript } from "../../proof/transcript.ts";
import { serveRole } from "../workers.ts";
import { IS_LINUX } from "../../base/platform.ts";

/** A whole proof, to be checked on the CPU. */
export interface ProofToCheck {
  transcript: Transcript;
  provider: string;
  gpu_id: string;
  answer: Uint8Array<ArrayBuffer>;
}

/** Checks proofs. */
export interface ProofChecker {
  /** Rejects with `busy` where too many wait already, or with `internal`. */
  check(proof: ProofToCheck): Promise<ProofOutcome>;
  close(): void;
}

/** How far a verifier stands behind the other threads: requests that are short come first. */
const NICENESS = 10;

/** The role "verify": checks proofs, one after the other, each for up to a second. */
export function runProofWorker(): void {
  // Elsewhere than on Linux this would be the priority of the whole process.
  if (IS_LINUX) setPriority(0, NICENESS);
  serveRole(checkProof);
}

function checkProof(proof: ProofToCheck): Promise<ProofOutcome> {
  const { transcript, provider, gpu_id, answer } = proof;
  const seed = challengeSeed(transcript.challenge, provider, gpu_id);
  const random = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes);
  return Promise.resolve(verifyAnswer({ seed, transcript, answer }, random));
}
