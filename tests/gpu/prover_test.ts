import { assert, assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { identityOf } from "../../src/base/identity.ts";
import { createProver, type ProofSession } from "../../src/gpu/prover.ts";
import { chainLeaves } from "../../src/proof/chain.ts";
import { chainKey, challengeSeed, sweepKey } from "../../src/proof/challenge.ts";
import { drawOpenings } from "../../src/proof/draw.ts";
import { verifyAnswer } from "../../src/proof/pipeline.ts";
import type { FillRandom } from "../../src/proof/random.ts";
import type { ProofSize } from "../../src/proof/size.ts";
import { ReferenceProver } from "../proof/reference.ts";
import { freshSeed, randomInteger, seededRandom } from "../proof/seeded.ts";
import { gpuTest } from "./gpu_test_case.ts";

const provider_id = identityOf(new Uint8Array(32).fill(4)).id;
/** Bytes of 256 rows of 512 words: the smallest block, so that a small product has several. */
const SMALL_BLOCK_BYTES = 256 * 512 * 4;

function bytes(random: FillRandom): Uint8Array<ArrayBuffer> {
  const drawn = new Uint8Array(32);
  random(drawn);
  return drawn;
}

gpuTest("roots and answers are those of the CPU reference, whatever the size", async (gpu) => {
  const text = freshSeed("prover");
  const random = seededRandom(text);
  const prover = await createProver(gpu, {
    block_bytes: SMALL_BLOCK_BYTES,
    slice_operations: 2 * 64 * 512 * 256,
  });
  // Blocks of 256 rows of 512 words or of 128 rows of 1024: whole ones, and trees with absent leaves.
  for (const rows of [1, randomInteger(random, 2, 4), 5]) {
    const size: ProofSize = {
      m: 256 * rows,
      k: 64 * randomInteger(random, 1, 3),
      n: 512 * randomInteger(random, 1, 2),
      lanes: 4096 + 64 * randomInteger(random, 0, 40),
      steps: randomInteger(random, 1, 40),
      sweeps: randomInteger(random, 1, 10),
    };
    const told = `seed ${text}, ${JSON.stringify(size)}`;
    const [seed, chain, sweep] = [bytes(random), bytes(random), bytes(random)];
    const reference = ReferenceProver.honest(seed, size);
    const session = await prover.beginSize(size, seed);
    assertEquals(await session.matrix(), new Uint8Array(reference.matrix()), told);
    assertEquals(await session.chain(chain), new Uint8Array(reference.chain(chain)), told);
    const roots = reference.sweep(sweep).map((root) => new Uint8Array(root));
    assertEquals(await session.sweep(sweep), roots, told);
    const draw = drawOpenings(size, random);
    assertEquals(await session.open(draw), reference.open(draw), told);
    const last = { rows: [0, size.m - 1], lanes: [0, size.lanes - 1], sweeps: [size.sweeps - 1] };
    assertEquals(await session.open(last), reference.open(last), told);
    session.dispose();
  }
});

gpuTest(
  "several slices to a block, a last block in part, and a chain of several batches",
  async (gpu) => {
    const random = seededRandom(freshSeed("partial blocks"));
    const prover = await createProver(gpu, {
      block_bytes: 4 * SMALL_BLOCK_BYTES,
      slice_operations: 2 * 64 * 512 * 512,
    });
    const size = { m: 1280, k: 64, n: 512, lanes: 2 ** 20 + 192, steps: 1, sweeps: 3 };
    assert(chainLeaves(size) > 2 ** 14);
    const [seed, key] = [bytes(random), bytes(random)];
    const reference = ReferenceProver.honest(seed, size);
    const session = await prover.beginSize(size, seed);
    assertEquals(await session.matrix(), new Uint8Array(reference.matrix()));
    assertEquals(await session.chain(key), new Uint8Array(reference.chain(key)));
    assertEquals(
      await session.sweep(key),
      reference.sweep(key).map((root) => new Uint8Array(root)),
    );
    const draw = drawOpenings(size, random);
    assertEquals(await session.open(draw), reference.open(draw));
    session.dispose();
  },
);

/** All that a registry and a provider say to each other in a proof, and its answer. */
async function proveAll(
  session: ProofSession,
  seed: Uint8Array,
  size: ProofSize,
  random: FillRandom,
) {
  const matrix_root = await session.matrix();
  const chain_nonce = bytes(random);
  const chain_root = await session.chain(chainKey(seed, matrix_root, chain_nonce));
  const sweep_nonce = bytes(random);
  const sweep_roots = await session.sweep(sweepKey(seed, matrix_root, chain_root, sweep_nonce));
  const draw = drawOpenings(size, random);
  const answer = await session.open(draw);
  return { matrix_root, chain_nonce, chain_root, sweep_nonce, sweep_roots, draw, answer };
}

gpuTest("a challenge answered on the GPU passes the CPU's verifier", async (gpu) => {
  const random = seededRandom(freshSeed("challenge"));
  const prover = await createProver(gpu);
  const size = { m: 768, k: 256, n: 1024, lanes: 16_384, steps: 200, sweeps: 12 };
  const challenge = { challenge_id: "01J", nonce: bytes(random), ...size };
  const seed = challengeSeed(challenge, provider_id, "gpu-1");
  const session = await prover.begin(challenge, seed);
  const { answer, ...said } = await proveAll(session, seed, size, random);
  session.dispose();
  const transcript = { challenge, ...said };
  assertEquals(verifyAnswer({ seed, transcript, answer }, random), { ok: true });
  const other = challengeSeed(challenge, provider_id, "gpu-2");
  assertEquals(verifyAnswer({ seed: other, transcript, answer }, random).ok, false);
});

gpuTest("a challenge out of bounds is refused", async (gpu) => {
  const prover = await createProver(gpu);
  const size = { m: 2 ** 30, k: 512, n: 512, lanes: 16_384, steps: 200, sweeps: 12 };
  const challenge = { challenge_id: "01J", nonce: new Uint8Array(32), ...size };
  const begun = prover.begin(challenge, new Uint8Array(32));
  assertEquals((await assertRejects(() => begun, HorizonError)).code, "invalid_challenge");
});

gpuTest("more memory than there is ends in a named error, and the prover works on", async (gpu) => {
  const size = { m: 1024, k: 64, n: 512, lanes: 4096, steps: 4, sweeps: 2 };
  const refused = async (sized: ProofSize, budget_bytes?: number) => {
    const prover = await createProver(gpu, budget_bytes === undefined ? {} : { budget_bytes });
    const seed = new Uint8Array(32);
    const error = await assertRejects(() => prover.beginSize(sized, seed), HorizonError);
    assertEquals(error.code, "gpu_out_of_memory");
    const session = await prover.beginSize({ ...size, m: 256 }, seed);
    assertEquals(
      await session.matrix(),
      new Uint8Array(
        ReferenceProver.honest(seed, { ...size, m: 256 }).matrix(),
      ),
    );
    session.dispose();
  };
  // What a budget holds, and what no machine has: 512 GiB.
  await refused(size, 2 ** 26 + 2 ** 20 + 2 ** 19);
  await refused({ ...size, m: 2 ** 25, n: 4096 });
});

gpuTest(
  "a proof that the device cannot finish ends in a named error, not in a root",
  async (gpu) => {
    const prover = await createProver(gpu);
    const size = { m: 256, k: 64, n: 512, lanes: 4096, steps: 4, sweeps: 2 };
    const session = await prover.beginSize(size, new Uint8Array(32));
    const lost = gpu.device.lost;
    gpu.destroy();
    await lost;
    const error = await assertRejects(() => session.matrix(), HorizonError);
    assertEquals(error.code, "device_lost");
    session.dispose();
  },
);
