import type { Client } from "../client/client.ts";
import { type Challenge, challengeSeed } from "../proof/challenge.ts";
import type { Prover } from "../gpu/prover.ts";
import type { ChallengeView, Judged } from "../protocol/api.ts";

/** Tells how far a longer work is, in words. */
export type OnStep = (text: string) => void;

/**
 * Answers one challenge of the registry: asks for it, multiplies on the GPU, commits to the rows,
 * opens those that the registry draws, and gives its verdict. The registry's clock runs from the
 * challenge to the root. Throws what the registry refuses (`answer_late`, …) or a `gpu_…` code.
 */
export async function proveGpu(
  client: Client,
  prover: Prover,
  gpu_id: string,
  onStep: OnStep,
): Promise<Judged> {
  onStep("asking the registry for a challenge");
  const view = await client.requestChallenge(gpu_id);
  const challenge = challengeOf(view);
  onStep(`multiplying two matrices of ${view.m} × ${view.k} and ${view.k} × ${view.n} on the GPU`);
  const commitment = await prover.prove(challenge, challengeSeed(challenge, client.actor, gpu_id));
  try {
    const { indices } = await client.commitRoot(view.challenge_id, commitment.root.toHex());
    onStep(`opening the ${indices.length} rows that the registry drew`);
    const answer = await commitment.open(indices);
    onStep("waiting for the verdict");
    return await client.answerChallenge(view.challenge_id, answer);
  } finally {
    commitment.dispose();
  }
}

function challengeOf(view: ChallengeView): Challenge {
  const { challenge_id, m, k, n, profile } = view;
  return { challenge_id, nonce: Uint8Array.fromHex(view.nonce), m, k, n, profile };
}
