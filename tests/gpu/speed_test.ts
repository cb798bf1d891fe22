import { assert } from "@std/assert";
import { createProver } from "../../src/gpu/prover.ts";
import { measureSpeed } from "../../src/gpu/speed.ts";
import { expectedMs, planProof } from "../../src/proof/plan.ts";
import { chainOperationsOf, operationsOf, sweptBytesOf } from "../../src/proof/size.ts";
import { gpuTest } from "./gpu_test_case.ts";

gpuTest("a proof planned by the measured speeds is as long as a registry wants", async (gpu) => {
  const found = await measureSpeed(await createProver(gpu));
  for (const speed of Object.values(found)) assert(Number.isInteger(speed) && speed > 1);
  const size = planProof({ ...found, vram_gb: 0 }, 0);
  const total_ms = expectedMs(operationsOf(size), found.gops) +
    expectedMs(chainOperationsOf(size), found.chain_gops) +
    expectedMs(sweptBytesOf(size), found.memory_mb_per_s / 1000);
  assert(total_ms >= 1000 && total_ms < 4000, `${JSON.stringify(found)}: ${total_ms} ms`);
});
