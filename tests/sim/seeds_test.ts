import { assert, assertEquals } from "@std/assert";
import { Random } from "../random.ts";
import { contradictions } from "./invariants.ts";
import { runSeed } from "./run.ts";
import { runSeeds } from "./seed_workers.ts";
import type { SeedReport } from "./seed_worker.ts";

const COUNT = 1_000;
/** Seeds that each run tries; the others are new ones every time. */
const FIXED = 500;
/** Of so many, the trace of a second run is compared. */
const REPLAYED = 10;
const MUST_COME = [
  "auction.cleared",
  "auction.revealed",
  "bid.filled",
  "gap",
  "gpu.deregistered",
  "gpu.left",
  "gpu.offline",
  "intent.rejected",
  "job.ended",
  "job.requeued",
  "lease.ended",
  "lease.extended",
  "lease.opened",
];

const chosen = Deno.env.get("SIM_SEED");

Deno.test({
  name: `${COUNT} seeded runs of registries under faults keep every invariant`,
  ignore: chosen !== undefined,
  async fn() {
    const fresh = Random.fresh();
    console.log(`seeds 1 to ${FIXED}, and ${COUNT - FIXED} drawn by seed ${fresh.seed}`);
    const seeds = Array.from(
      { length: COUNT },
      (_, i) => i < FIXED ? i + 1 : fresh.below(0xffff_ffff),
    );
    const reports = await runSeeds([...seeds, ...seeds.slice(0, REPLAYED)]);
    const failed = reports.filter(({ wrong }) => wrong.length > 0);
    for (const { seed, wrong } of failed) {
      console.log(`seed ${seed} (SIM_SEED=${seed} shows all of it):\n  ${wrong.join("\n  ")}`);
    }
    assertEquals(failed.map(({ seed }) => seed), [], "seeds failed");
    checkReplays(reports, seeds.slice(0, REPLAYED));
    checkVariety(reports);
  },
});

Deno.test({
  name: `seed ${chosen}, told event by event`,
  ignore: chosen === undefined,
  async fn() {
    const onTrace = (line: string) => console.log(line.trimEnd());
    const { outcome, trace } = await runSeed(Number(chosen), { onTrace });
    console.log(`trace ${trace}`);
    assertEquals(contradictions(outcome), []);
  },
});

/** Two runs of a seed, in whatever Worker, are the same to the last byte. */
function checkReplays(reports: readonly SeedReport[], replayed: readonly number[]): void {
  for (const seed of replayed) {
    const traces = reports.filter((report) => report.seed === seed).map(({ trace }) => trace);
    assertEquals(traces.length, 2);
    assertEquals(traces[0], traces[1], `seed ${seed} does not replay`);
  }
}

/** Runs in which nothing happens would prove nothing. */
function checkVariety(reports: readonly SeedReport[]): void {
  const crashes = reports.reduce((sum, report) => sum + report.crashes, 0);
  assert(crashes > COUNT, `only ${crashes} crashes`);
  for (const type of MUST_COME) {
    const count = reports.reduce((sum, { events }) => sum + (events[type] ?? 0), 0);
    assert(count >= 10, `the runs saw only ${count} events ${type}`);
  }
}
