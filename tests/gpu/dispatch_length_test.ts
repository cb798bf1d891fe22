import { assert } from "@std/assert";
import { batchLeaves } from "../../src/gpu/chain_stage.ts";
import { sliceRows } from "../../src/gpu/matrix_stage.ts";
import { SLICE_OPERATIONS } from "../../src/gpu/prover.ts";
import { chainLeaves } from "../../src/proof/chain.ts";
import { expectedMs, planProof } from "../../src/proof/plan.ts";
import { chainOperationsOf, LANES_PER_LEAF, operationsOf } from "../../src/proof/size.ts";

/** Windows resets a display's GPU that works on one dispatch for two seconds. */
const WATCHDOG_MS = 2000;
/** What a GPU may do less than its proof was planned by, and still be listed without a doubt. */
const SHARE = 0.35;

Deno.test("no dispatch of a proof lasts as long as a watchdog waits, on a slow GPU or a fast one", () => {
  for (const round_trip_ms of [0, 200]) {
    for (let gops = 30; gops < 100_000; gops *= 1.7) {
      const chain_gops = gops / 2;
      for (const vram_gb of [0, 4, 16]) {
        const expected = { gops, chain_gops, memory_mb_per_s: 50_000, vram_gb };
        const size = planProof(expected, round_trip_ms);
        const m = Math.min(size.m, sliceRows(size, 2 ** 30, SLICE_OPERATIONS.hardware));
        const slice_ms = expectedMs(operationsOf({ ...size, m }), SHARE * gops);
        const lanes = LANES_PER_LEAF * batchLeaves(chainLeaves(size));
        const batch_ms = expectedMs(chainOperationsOf({ ...size, lanes }), SHARE * chain_gops);
        const told = `${gops} G-operations/s, ${vram_gb} GB, ${JSON.stringify(size)}`;
        assert(slice_ms < WATCHDOG_MS, `a slice takes ${slice_ms} ms at ${told}`);
        assert(batch_ms < WATCHDOG_MS, `a batch takes ${batch_ms} ms at ${told}`);
      }
    }
  }
});
