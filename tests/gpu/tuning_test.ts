import { assert, assertEquals } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { CANDIDATES, DEFAULT_CHOICE, type KernelChoice } from "../../src/gpu/kernel_choice.ts";
import { createProver } from "../../src/gpu/prover.ts";
import { chooseKernels, tuneKernels } from "../../src/gpu/tuning.ts";
import type { ProofSize } from "../../src/proof/size.ts";
import { ReferenceProver } from "../proof/reference.ts";
import { seedBytes } from "../proof/seeded.ts";
import { gpuTest } from "./gpu_test_case.ts";

gpuTest("kernels computed by any choice give the same roots and answers", async (gpu) => {
  const size: ProofSize = { m: 512, k: 64, n: 512, lanes: 4160, steps: 9, sweeps: 2 };
  const [seed, key] = [seedBytes(1), seedBytes(2)];
  const reference = ReferenceProver.honest(seed, size);
  const roots = [reference.matrix(), reference.chain(key), ...reference.sweep(key)];
  const draw = { rows: [3, 500], lanes: [70, 4159], sweeps: [0, 1] };
  const count = Math.max(...Object.values(CANDIDATES).map((list) => list.length));
  const pick = <Part extends keyof KernelChoice>(part: Part, i: number): KernelChoice[Part] =>
    CANDIDATES[part][i % CANDIDATES[part].length]!;
  const mixed = Array.from({ length: count }, (_, i): KernelChoice => ({
    matrix: pick("matrix", i),
    sha256: pick("sha256", i),
    chain: pick("chain", i),
    sweep: pick("sweep", i),
  }));
  for (const choice of [DEFAULT_CHOICE.hardware, DEFAULT_CHOICE.software, ...mixed]) {
    const session = await (await createProver(gpu, { choice })).beginSize(size, seed);
    const found = [await session.matrix(), await session.chain(key), ...await session.sweep(key)];
    assertEquals(found, roots.map((root) => new Uint8Array(root)), JSON.stringify(choice));
    assertEquals(await session.open(draw), reference.open(draw), JSON.stringify(choice));
    session.dispose();
  }
});

gpuTest(
  "tuning takes one of the candidates, and the default where the clock tells nothing",
  async (gpu) => {
    const fallback = DEFAULT_CHOICE[gpu.adapter.kind];
    let now_ms = 0;
    assertEquals(await tuneKernels(gpu, () => now_ms += 40), fallback);
    // A clock so slow that the budget is over after the first part.
    const stopped = await tuneKernels(gpu, () => now_ms += 4000);
    assertEquals({ ...stopped, matrix: fallback.matrix }, fallback);
    // A clock by which whatever runs later is faster, until the budget is over.
    let step_ms = 100;
    const { matrix } = await tuneKernels(gpu, () => now_ms += step_ms *= 0.97);
    assertEquals(matrix, CANDIDATES.matrix.at(-1));
    let calls = 0;
    const refused = await tuneKernels(gpu, () => {
      if (++calls % 3 === 0) throw new HorizonError("gpu_failed", "The GPU refused");
      return 0;
    });
    assertEquals(refused, fallback);
    if (gpu.adapter.kind === "software") {
      assertEquals(await chooseKernels(gpu), fallback);
      return;
    }
    const [tuned, again] = [await chooseKernels(gpu), await chooseKernels(gpu)];
    assert(tuned === again);
  },
);
