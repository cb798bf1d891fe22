import type { Gpu } from "../../gpu/device.ts";
import type { ProofOutcome } from "../../proof/outcome.ts";

/** Small enough for a software adapter, and still of every kernel. */
const SIZE = { profile: "u32-512", m: 512, k: 512, n: 512 };
/** Whose proof it would be: a key that no one has. */
const NOBODY = new Uint8Array(32).fill(1);

/**
 * A whole proof of a random challenge: computed, committed and opened on the GPU, then checked on the
 * CPU as a registry does. Throws a `gpu_…` code.
 */
export async function knownAnswer(gpu: Gpu): Promise<ProofOutcome> {
  const [{ createProver }, { challengeSeed }, { verifyAnswer }, { drawRows }, { identityOf }] =
    await Promise.all([
      import("../../gpu/prover.ts"),
      import("../../proof/challenge.ts"),
      import("../../proof/pipeline.ts"),
      import("../../proof/rows.ts"),
      import("../../base/identity.ts"),
    ]);
  const random = (bytes: Uint8Array<ArrayBuffer>) => void crypto.getRandomValues(bytes);
  const nonce = crypto.getRandomValues(new Uint8Array(32));
  const challenge = { challenge_id: "self-test", nonce, ...SIZE };
  const seed = challengeSeed(challenge, identityOf(NOBODY).id, "self-test");
  const { root, open, dispose } = await (await createProver(gpu)).prove(challenge, seed);
  try {
    const indices = drawRows(SIZE.m, random);
    return verifyAnswer({ challenge, seed, root, indices, answer: await open(indices) }, random);
  } finally {
    dispose();
  }
}
