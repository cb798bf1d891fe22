import { assert, assertEquals } from "@std/assert";
import { reputation } from "../../src/market/market.ts";
import { noCounters, wilsonLowerBound } from "../../src/market/reputation.ts";
import { compileFilter } from "../../src/protocol/filter.ts";
import { Random } from "../random.ts";
import {
  DOLLAR,
  HASH,
  HOUR_MS,
  judgement,
  NODE,
  OWNER,
  present,
  registration,
  RENTER,
  Rig,
  verdictOf,
} from "./rig.ts";

function served(): Rig {
  const rig = new Rig({ badge_life_ms: 24 * HOUR_MS });
  rig.deposit(RENTER, 1_000 * DOLLAR);
  return rig;
}

const judge = (rig: Rig, verdict: Parameters<typeof verdictOf>[0]) =>
  rig.act(NODE, "gpu.judge", judgement("g", verdictOf(verdict)));

function finish(rig: Rig, outcome: "succeeded" | "failed", side: "provider" | "renter" | null) {
  const job_id = rig.submit("g");
  rig.act(OWNER, "job.claim", { job_id });
  rig.act(OWNER, "job.start", { job_id, attempt: 1 });
  const result = outcome === "succeeded" ? HASH : null;
  rig.act(OWNER, "job.finish", { job_id, attempt: 1, outcome, reason: "done", side, result });
}

Deno.test("the lower bound is Wilson's: known values, and the root of its equation", () => {
  // R 4.4: prop.test(x, n, correct = FALSE)$conf.int[1], with its z of 1.959964.
  for (
    const [good, trials, bound] of [
      [1, 1, 0.2065],
      [10, 10, 0.7225],
      [8, 10, 0.4902],
      [0, 10, 0],
      [90, 100, 0.8256],
      [500, 1_000, 0.4691],
    ] as const
  ) {
    assert(Math.abs(wilsonLowerBound(good, trials) - bound) < 0.0002, `${good} of ${trials}`);
  }
  const random = new Random(7);
  for (let i = 0; i < 1_000; i++) {
    const trials = 1 + random.below(10_000);
    const good = 1 + random.below(trials);
    const [p, w] = [good / trials, wilsonLowerBound(good, trials)];
    // The bound is the w below p at which p lies z standard errors of w away.
    assert(w < p && Math.abs((p - w) ** 2 - 1.96 ** 2 * w * (1 - w) / trials) < 1e-9);
  }
});

Deno.test("with few trials a GPU is new, and not bad; no filter by its score lets it through", () => {
  const few = { ...noCounters(), jobs_succeeded: 4, jobs_failed_provider: 2, proofs_passed: 1 };
  const { score, is_new } = reputation(few);
  assertEquals([score, is_new], [null, true]);
  assertEquals(reputation({ ...few, proofs_failed: 3 }).is_new, false);
  const rig = served();
  rig.list("g");
  for (const filter of ["reputation>=0", "reputation<=1", "reputation=0"]) {
    assertEquals(compileFilter(filter)(rig.gpu("g")), false, filter);
  }
  assertEquals(compileFilter("reputation!=1")(rig.gpu("g")), true);
});

Deno.test("nobody makes himself a name by proving himself again and again", () => {
  const eager = { ...noCounters(), proofs_passed: 500 };
  assertEquals(reputation(eager).is_new, true);
  const day = { listed_ms: 24 * HOUR_MS, uptime_ms: 24 * HOUR_MS };
  assertEquals(reputation({ ...eager, ...day }), {
    ...reputation({ ...eager, ...day, proofs_passed: 25 }),
    proofs: { passed: 500, failed: 0 },
  });
  assertEquals(reputation({ ...eager, ...day }).is_new, false);
});

Deno.test("standing idle outweighs no bad work, and what others are to blame for is no trial", () => {
  const bad = { ...noCounters(), jobs_failed_provider: 12 };
  const month_ms = 30 * 24 * HOUR_MS;
  const idle = { proofs_passed: 5_000, listed_ms: 12 * month_ms, uptime_ms: 12 * month_ms };
  const score = reputation({ ...bad, ...idle }).score ?? 1;
  assertEquals(score, Math.floor(wilsonLowerBound(24, 36) * 1_000) / 1_000);
  const blameless = { jobs_failed_renter: 500, jobs_failed_network: 500 };
  assertEquals(reputation({ ...bad, ...idle, ...blameless }).score, score);
  const good = { ...noCounters(), jobs_succeeded: 12 };
  assert((reputation(good).score ?? 0) > (reputation({ ...good, leases_broken: 1 }).score ?? 1));
  assert((reputation(good).score ?? 0) > (reputation({ ...good, proofs_failed: 1 }).score ?? 1));
  const absent = { ...good, listed_ms: month_ms, uptime_ms: 0 };
  assert((reputation(good).score ?? 0) > (reputation(absent).score ?? 1));
});

Deno.test("jobs are counted by outcome and by the side at fault, and cancelled ones not", () => {
  const rig = served();
  rig.list("g");
  rig.rent("g", 3600);
  finish(rig, "succeeded", null);
  assertEquals(rig.last_effects?.changed_gpus, ["g"]);
  finish(rig, "failed", "renter");
  finish(rig, "failed", "provider");
  finish(rig, "failed", null);
  rig.act(RENTER, "job.cancel", { job_id: rig.submit("g") });
  const lost = rig.submit("g", { retry: { attempts: 1, on: ["lost"] } });
  rig.act(OWNER, "job.claim", { job_id: lost });
  rig.act(NODE, "job.lose", { job_id: lost, reason: "gone", side: "provider" });
  assertEquals(rig.job(lost).state, "queued", "it is tried again, and the attempt counts");
  assertEquals(rig.gpu("g").reputation?.jobs, {
    succeeded: 1,
    failed_provider: 2,
    failed_renter: 1,
    failed_network: 1,
  });
});

Deno.test("time on offer counts, and as uptime only while proven and online", () => {
  const rig = served();
  rig.act(OWNER, "gpu.register", registration("g", 1));
  rig.pass(HOUR_MS);
  judge(rig, "verified");
  rig.pass(HOUR_MS);
  rig.liveness("g", true);
  rig.pass(HOUR_MS);
  rig.liveness("g", false);
  rig.pass(HOUR_MS);
  rig.liveness("g", true);
  // It expires 24 hours after its proof, 21 hours from here.
  rig.pass(24 * HOUR_MS);
  judge(rig, "failed");
  rig.pass(HOUR_MS);
  rig.liveness("g", false);
  const { listed_ms, uptime_ms, proofs } = present(rig.gpu("g").reputation);
  assertEquals([listed_ms, uptime_ms], [27 * HOUR_MS, 22 * HOUR_MS]);
  assertEquals(proofs, { passed: 1, failed: 1 });
});

Deno.test("the registry's downtime counts for nobody", () => {
  const rig = served();
  rig.list("g");
  rig.pass(HOUR_MS);
  const from = rig.at;
  rig.at += 5 * HOUR_MS;
  rig.act(NODE, "node.gap", { from, to: rig.at });
  rig.pass(HOUR_MS);
  rig.liveness("g", true);
  const { listed_ms, uptime_ms } = present(rig.gpu("g").reputation);
  assertEquals([listed_ms, uptime_ms], [2 * HOUR_MS, 2 * HOUR_MS]);
});

Deno.test("a new id of an owner's begins with the owner's record, and a known one keeps its own", () => {
  const rig = served();
  rig.list("g");
  for (let i = 0; i < 11; i++) judge(rig, "failed");
  const bad = present(rig.gpu("g").reputation);
  assertEquals([bad.is_new, bad.proofs], [false, { passed: 1, failed: 11 }]);
  rig.act(OWNER, "gpu.register", registration("g", 1));
  assertEquals(rig.gpu("g").reputation, bad);
  rig.act(OWNER, "gpu.deregister", { gpu_id: "g", force: false });
  rig.act(OWNER, "gpu.register", registration("h", 1));
  assertEquals(rig.gpu("h").reputation, bad);
  rig.act(RENTER, "gpu.register", registration("r", 1));
  assertEquals(rig.gpu("r").reputation?.is_new, true);
});

Deno.test("a lease that its provider breaks counts against it, one that just ends doesn't", () => {
  const rig = served();
  rig.list("g");
  rig.rent("g", 60);
  rig.pass(60_000);
  assertEquals(rig.gpu("g").reputation?.leases_broken, 0);
  rig.rent("g", 3600);
  rig.liveness("g", false);
  rig.pass(30_000);
  assertEquals(rig.gpu("g").reputation?.leases_broken, 1);
  rig.liveness("g", true);
  rig.rent("g", 3600);
  judge(rig, "failed");
  assertEquals(rig.gpu("g").reputation?.leases_broken, 2);
});
