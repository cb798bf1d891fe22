import { assert, assertEquals, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { JobCost } from "../../src/cli/job_cost.ts";
import { progressOf, progressText } from "../../src/cli/job_progress.ts";
import { readSince } from "../../src/cli/values.ts";
import type { LogLine } from "../../src/protocol/api.ts";
import { MetricNames } from "../../src/protocol/job.ts";
import type { LeaseView } from "../../src/protocol/lease.ts";
import { metricText, readMetric } from "../../src/protocol/metrics.ts";
import { LIMITS } from "../../src/protocol/limits.ts";

const NOW_MS = Date.parse("2026-11-26T07:00:00Z");

Deno.test("a time ago, or a time, is read exactly or refused", () => {
  const hour_ms = 3_600_000;
  const times: [string, number][] = [
    ["30s", NOW_MS - 30_000],
    ["1.5h", NOW_MS - 1.5 * hour_ms],
    ["10m", NOW_MS - 600_000],
    ["2d", NOW_MS - 48 * hour_ms],
    ["99999d", 0],
    ["2026-11-26", NOW_MS - 7 * hour_ms],
    ["2026-11-26 06:30", NOW_MS - hour_ms / 2],
    ["2026-11-26T06:30:00.5Z", NOW_MS - hour_ms / 2 + 500],
    ["2026-11-26T08:00:00+02:00", NOW_MS - hour_ms],
  ];
  for (const [text, expected] of times) assertEquals(readSince(text, NOW_MS), expected, text);
  const wrong = [
    "",
    "10",
    "10 m",
    "-5m",
    "5w",
    "yesterday",
    "2026-13-01",
    "2026-02-30T25:00",
    "now",
  ];
  for (const text of wrong) {
    assertEquals(assertThrows(() => readSince(text, NOW_MS), HorizonError).code, "invalid_input");
  }
});

Deno.test("progress and metrics are read from a log, and nothing else is", () => {
  const shown = (kind: LogLine["kind"], text: string) => {
    const progress = progressOf({ at: 0, kind, text });
    return progress === null ? null : progressText(progress);
  };
  assertEquals(shown("progress", "21/50"), "42 %");
  assertEquals(shown("progress", "50/50"), "100 %");
  for (const odd of ["half", "0/0", "3/2", "-1/2", "1/2/3"]) {
    assertEquals(shown("progress", odd), "");
  }
  assertEquals(
    shown("metric", metricText(0.999, { loss: 0.123456789, steps: 1e21 })),
    "99 %  loss 0.1235  steps 1e+21",
  );
  for (
    const odd of ["", "{}", "[1]", '{"done":2}', '{"done":0.5,"x":"1"}', '{"done":0.5,"a/b":1}']
  ) {
    assertEquals(shown("metric", odd), null, odd);
  }
  const many = Object.fromEntries(
    Array.from({ length: LIMITS.job_metrics + 1 }, (_, i) => [`m${i}`, i]),
  );
  assertEquals(readMetric(metricText(0, many)), null);
  assertEquals([shown("log", "3/50"), shown("status", "3/50")], [null, null]);
});

Deno.test("metrics have names, eight at most, none twice, and none is called done", () => {
  assertEquals(MetricNames.safeParse(["loss", "accuracy"]).success, true);
  const wrong = [["a", "a"], ["done"], ["a b"], ["../a"], "123456789".split("")];
  for (const names of wrong) assert(!MetricNames.safeParse(names).success, names.join());
});

/** A live lease at $3.60 an hour, a tenth of a cent a second. */
function lease(lease_id: string, metered_s: number, state: LeaseView["state"] = "live"): LeaseView {
  return {
    ...{ lease_id, gpu_id: "rig", renter: "a", owner: "b", price_micros_per_hour: 3_600_000 },
    ...{
      duration_s: 100,
      hold_micros: 100_000,
      state,
      reason: null,
      started_at: 0,
      ends_at: 100_000,
    },
    ...{ ended_at: null, metered_s, cost_micros: metered_s * 1000 },
  };
}

Deno.test("what a job has cost is its leases' metered time since it ran there", () => {
  const cost = new JobCost();
  assertEquals(cost.micros(0), 0);
  cost.observe(lease("lease_1", 40), 1_000);
  assertEquals(cost.micros(1_000), 0, "what the lease cost before is not the job's");
  assertEquals(cost.micros(11_900), 10_000);
  cost.observe(lease("lease_1", 45), 12_000);
  assertEquals(cost.micros(12_000), 10_000, "it doesn't go down when the meter stood still");
  cost.observe(lease("lease_1", 55, "ended"), 20_000);
  assertEquals(cost.micros(90_000), 15_000, "an ended lease costs no more");
  cost.observe(lease("lease_2", 10), 100_000);
  assertEquals(cost.micros(102_000), 17_000, "and the next one is added");
  assertEquals(cost.micros(1_000_000), 15_000 + 90_000, "never beyond its duration");
});
