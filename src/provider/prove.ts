import { HorizonError } from "../base/errors.ts";
import type { Client } from "../client/client.ts";
import type { Prover } from "../gpu/prover.ts";
import { chainKey, type Challenge, challengeSeed, sweepKey } from "../proof/challenge.ts";
import { checkDraw } from "../proof/draw.ts";
import type { ChallengeView, Judged } from "../protocol/challenge.ts";

/** Tells how far a longer work is, in words. */
export type OnStep = (text: string) => void;

/** How often an answer is sent again to a registry that is busy checking others. */
const ANSWER_TRIES = 60;
const BUSY_WAIT_MS = 2_000;

/**
 * Proves a GPU by one challenge of the registry: gives its echo back, multiplies, runs the chain and
 * the sweeps, commits to each, opens what the registry draws, and gives its verdict. The registry's
 * clock runs from each nonce to its commitment. Throws what the registry refuses (`answer_late`, …) or
 * a `gpu_…` code.
 */
export async function proveGpu(
  client: Client,
  prover: Prover,
  gpu_id: string,
  onStep: OnStep,
): Promise<Judged> {
  onStep("asking the registry for a challenge");
  const view = await client.proofs.start(await client.proofs.request(gpu_id));
  const { challenge_id, m, k, n, sweeps } = view;
  const challenge = challengeOf(view);
  const seed = challengeSeed(challenge, client.actor, gpu_id);
  const session = await prover.begin(challenge, seed);
  try {
    onStep(`multiplying two matrices of ${m} × ${k} and ${k} × ${n} on the GPU`);
    const matrix_root = await session.matrix();
    const chain_nonce = await nonceOf(
      client.proofs.commitMatrix(challenge_id, matrix_root.toHex()),
    );
    onStep("running the arithmetic chain");
    const chain_root = await session.chain(chainKey(seed, matrix_root, chain_nonce));
    const sweep_nonce = await nonceOf(client.proofs.commitChain(challenge_id, chain_root.toHex()));
    onStep(`sweeping over the memory, ${sweeps} times`);
    const roots = await session.sweep(sweepKey(seed, matrix_root, chain_root, sweep_nonce));
    const draw = await client.proofs.commitSweeps(challenge_id, roots.map((root) => root.toHex()));
    // The registry may be anybody's: no kernel is to read where nothing is.
    checkDraw(challenge, draw);
    onStep(`opening the ${draw.rows.length} rows that the registry drew`);
    const answer = await session.open(draw);
    onStep("waiting for the verdict");
    return await sendAnswer(client, challenge_id, answer);
  } finally {
    session.dispose();
  }
}

/** Sends an answer, again while the registry has too many to check. */
async function sendAnswer(
  client: Client,
  challenge_id: string,
  answer: Uint8Array<ArrayBuffer>,
): Promise<Judged> {
  for (let tries = 1;; tries++) {
    try {
      return await client.proofs.answer(challenge_id, answer);
    } catch (thrown) {
      const isBusy = thrown instanceof HorizonError && thrown.code === "busy";
      if (!isBusy || tries >= ANSWER_TRIES) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, BUSY_WAIT_MS));
    }
  }
}

async function nonceOf(answered: Promise<{ nonce: string }>): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.fromHex((await answered).nonce);
}

function challengeOf(view: ChallengeView): Challenge {
  const { challenge_id, nonce, m, k, n, lanes, steps, sweeps } = view;
  return { challenge_id, nonce: Uint8Array.fromHex(nonce), m, k, n, lanes, steps, sweeps };
}
