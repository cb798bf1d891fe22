import type { Gpu } from "../../gpu/device.ts";
import type { ProofOutcome } from "../../proof/outcome.ts";

/** Small enough for a software adapter, and still of every kernel. */
const SIZE = { m: 512, k: 64, n: 512, lanes: 4096, steps: 64, sweeps: 2 };
/** Whose proof it would be: a key that no one has. */
const NOBODY = new Uint8Array(32).fill(1);
const NONCE_BYTES = 32;

/**
 * A whole proof of a random challenge, product, chain and sweeps: computed, committed and opened on
 * the GPU, then checked on the CPU as a registry does. Throws a `gpu_…` code.
 */
export async function knownAnswer(gpu: Gpu): Promise<ProofOutcome> {
  const [{ createProver }, { chainKey, challengeSeed, sweepKey }, { drawOpenings }, rest] =
    await Promise.all([
      import("../../gpu/prover.ts"),
      import("../../proof/challenge.ts"),
      import("../../proof/draw.ts"),
      Promise.all([import("../../proof/pipeline.ts"), import("../../base/identity.ts")]),
    ]);
  const [{ verifyAnswer }, { identityOf }] = rest;
  const random = (bytes: Uint8Array<ArrayBuffer>) => void crypto.getRandomValues(bytes);
  const nonce = () => crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const challenge = { challenge_id: "self-test", nonce: nonce(), ...SIZE };
  const seed = challengeSeed(challenge, identityOf(NOBODY).id, "self-test");
  const session = await (await createProver(gpu)).begin(challenge, seed);
  try {
    const [chain_nonce, sweep_nonce] = [nonce(), nonce()];
    const matrix_root = await session.matrix();
    const chain_root = await session.chain(chainKey(seed, matrix_root, chain_nonce));
    const sweep_roots = await session.sweep(
      sweepKey(seed, matrix_root, chain_root, sweep_nonce),
    );
    const draw = drawOpenings(SIZE, random);
    const answer = await session.open(draw);
    const roots = { matrix_root, chain_nonce, chain_root, sweep_nonce, sweep_roots };
    return verifyAnswer({ seed, transcript: { challenge, ...roots, draw }, answer }, random);
  } finally {
    session.dispose();
  }
}
