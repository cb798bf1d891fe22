import { assert, assertEquals } from "@std/assert";
import {
  type MeasurementPlan,
  measureRates,
  quantile,
  REPETITIONS,
  spreadOf,
} from "../../src/gpu/measurement.ts";

/** A workload that takes `fixed_ms`, and `unit_ms` for each unit, on a clock of its own. */
function simulated(fixed_ms: number, unit_ms: number, max_amount = 1e9) {
  let now_ms = 0;
  const amounts: number[] = [];
  const workload = {
    work_per_unit: 1000,
    max_amount,
    run: (amount: number) => {
      amounts.push(amount);
      now_ms += fixed_ms + amount * unit_ms;
      return Promise.resolve();
    },
  };
  const plan: MeasurementPlan = { target_ms: 100, latency_ms: fixed_ms, clock_ms: () => now_ms };
  return { workload, plan, amounts };
}

Deno.test("repetitions last about as long as wanted, and the rate is net of the latency", async () => {
  for (const unit_ms of [0.001, 0.3, 7, 90]) {
    const { workload, plan, amounts } = simulated(11, unit_ms);
    const rates = await measureRates(workload, plan);
    assertEquals(rates.length, REPETITIONS);
    for (const rate of rates) assert(Math.abs(rate * unit_ms / 1e6 - 1) < 1e-6, `${rate}`);
    const length_ms = amounts.at(-1)! * unit_ms;
    assert(length_ms >= 50 && length_ms <= 200, `${length_ms} ms`);
  }
});

Deno.test("a workload too fast for the clock stops at its limit instead of growing for ever", async () => {
  const { workload, plan, amounts } = simulated(11, 0, 4096);
  const rates = await measureRates(workload, plan);
  assertEquals(amounts.at(-1), 4096);
  assert(rates.every(Number.isFinite));
});

Deno.test("a spread is the interpolated median and deciles, rounded", () => {
  assertEquals(quantile([3, 1, 2], 0.5), 2);
  assertEquals(quantile([10, 20], 0.25), 12.5);
  assertEquals(spreadOf([1, 2, 3, 4, 5, 6, 100]), { median: 4, p10: 2, p90: 44 });
});
