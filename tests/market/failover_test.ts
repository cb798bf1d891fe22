import { assertEquals } from "@std/assert";
import { openJobs, walletView } from "../../src/market/market.ts";
import type { IntentBody } from "../../src/protocol/intent.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { DOLLAR, HASH, NODE, OTHER, OWNER, refusal, RENTER, Rig } from "./rig.ts";

const CHECKPOINT = "c".repeat(64);
const retry = { attempts: 2, on: ["lost", "failed"] } satisfies IntentBody<"job.submit">["retry"];
const failover = { where: "type~3090", max_price_micros_per_hour: 5 * DOLLAR };

/** A GPU "g" of OWNER's that RENTER leases for two hours; "h" of OTHER's is free. */
function market(settings = {}): Rig {
  const rig = new Rig(settings);
  rig.deposit(RENTER, 100 * DOLLAR);
  rig.list("g");
  rig.list("h", { owner: OTHER });
  rig.rent("g", 7200);
  return rig;
}

function running(rig: Rig, options: Partial<IntentBody<"job.submit">>): string {
  const job_id = rig.submit("g", { retry, ...options });
  rig.act(OWNER, "job.claim", { job_id });
  rig.act(OWNER, "job.start", { job_id, attempt: 1 });
  return job_id;
}

const lose = (rig: Rig, gpu_id = "g") =>
  rig.act(NODE, "gpu.liveness", { gpu_id, online: false, last_seen: rig.at });

Deno.test("a lost job goes on from its checkpoint, on a GPU that it didn't fail on", () => {
  const rig = market();
  rig.rent("h", 7200);
  const job_id = running(rig, { failover: null });
  rig.act(OWNER, "job.checkpoint", { job_id, attempt: 1, checkpoint: CHECKPOINT });
  lose(rig);
  const { gpu_id, provider, state, attempt, checkpoint, failed_on } = rig.job(job_id);
  assertEquals([gpu_id, provider, state, attempt], ["h", OTHER, "queued", 2]);
  assertEquals([checkpoint, failed_on], [CHECKPOINT, ["g"]]);
});

Deno.test("a job never goes back to a GPU that it failed on, though that is online", () => {
  const rig = market();
  const job_id = running(rig, { failover: null });
  rig.act(NODE, "job.lose", { job_id, reason: "provider_restarted", side: "provider" });
  assertEquals([rig.job(job_id).state, rig.job(job_id).reason], ["lost", "provider_restarted"]);
});

Deno.test("a job of a version without failover goes back to its own GPU, as ever", () => {
  const rig = market();
  const job_id = running(rig, {});
  rig.act(NODE, "job.lose", { job_id, reason: "provider_restarted", side: "provider" });
  assertEquals([rig.job(job_id).state, rig.job(job_id).gpu_id], ["queued", "g"]);
});

Deno.test("a failure that was not the provider's may be tried again where it was", () => {
  const rig = market();
  const job_id = running(rig, { failover: null });
  const failed = {
    outcome: "failed",
    reason: "blob_quota",
    side: "network",
    result: null,
  } as const;
  rig.act(OWNER, "job.finish", { job_id, attempt: 1, ...failed });
  assertEquals([rig.job(job_id).state, rig.job(job_id).gpu_id], ["queued", "g"]);
});

Deno.test("where no lease will do, failover rents the cheapest GPU for the rest of the time", () => {
  const rig = market();
  rig.list("dear", { owner: OTHER, price: 4 * DOLLAR });
  rig.list("far", { owner: OTHER, price: 9 * DOLLAR });
  const job_id = running(rig, { failover });
  rig.pass(600_000);
  const before = walletView(rig.state, RENTER);
  lose(rig);
  const { lease_id, gpu_id } = rig.job(job_id);
  assertEquals(gpu_id, "h");
  const lease = rig.lease(lease_id);
  assertEquals([lease.state, lease.renter, lease.owner], ["live", RENTER, OTHER]);
  assertEquals([lease.duration_s, lease.hold_micros], [6600, 6600 * 1000]);
  assertEquals(walletView(rig.state, RENTER).held_micros, before.held_micros + 6_600_000);
  assertEquals(openJobs(rig.state, "h").map((job) => job.job_id), [job_id]);
});

Deno.test("jobs that are lost together share what one of them rents", () => {
  const rig = market();
  rig.list("i", { owner: OTHER });
  const jobs = [running(rig, { failover }), rig.submit("g", { retry, failover })];
  rig.act(OWNER, "gpu.deregister", { gpu_id: "g", force: true });
  assertEquals(jobs.map((job_id) => rig.job(job_id).gpu_id), ["h", "h"]);
  assertEquals(rig.job(jobs[0] ?? "").lease_id, rig.job(jobs[1] ?? "").lease_id);
});

Deno.test("one decision rents one GPU: what can't go on there is lost", () => {
  const rig = market();
  rig.list("i", { owner: OTHER });
  rig.act(OTHER, "gpu.offer", { gpu_id: "h", kinds: ["wgsl"] });
  const jobs = [
    running(rig, { failover }),
    ...[1, 2].map(() => rig.submit("g", { retry, failover, kind: "onnx" })),
  ];
  rig.act(OWNER, "gpu.deregister", { gpu_id: "g", force: true });
  assertEquals(jobs.map((job_id) => rig.job(job_id).state), ["queued", "lost", "lost"]);
  assertEquals([rig.gpu("h").available, rig.gpu("i").available], [false, true]);
});

for (
  const [what, change] of [
    ["is too dear", { max_price_micros_per_hour: DOLLAR }],
    ["does not pass the filter", { where: "type~4090" }],
  ] as const
) {
  Deno.test(`failover rents nothing that ${what}`, () => {
    const rig = market();
    const job_id = running(rig, { failover: { ...failover, ...change } });
    lose(rig);
    assertEquals(rig.job(job_id).state, "lost");
  });
}

Deno.test("failover rents nothing that the renter can't pay, or that doesn't take the kind", () => {
  const poor = new Rig();
  poor.deposit(RENTER, 8 * DOLLAR);
  poor.list("g");
  poor.list("h", { owner: OTHER });
  poor.rent("g", 7200);
  const unpaid = running(poor, { failover });
  lose(poor);
  assertEquals(poor.job(unpaid).state, "lost");

  const rig = market();
  rig.act(OTHER, "gpu.offer", { gpu_id: "h", kinds: ["onnx"] });
  const unfit = running(rig, { failover });
  lose(rig);
  assertEquals(rig.job(unfit).state, "lost");
});

Deno.test("only the time that was paid for is billed, on both GPUs", () => {
  const rig = market();
  const job_id = running(rig, { failover });
  const first = rig.job(job_id).lease_id;
  rig.pass(600_000);
  lose(rig);
  const second = rig.job(job_id).lease_id;
  rig.pass(300_000);
  rig.act(OTHER, "job.claim", { job_id });
  rig.act(OTHER, "job.start", { job_id, attempt: 2 });
  rig.pass(300_000);
  const done = { outcome: "succeeded", reason: "done", side: null, result: HASH } as const;
  rig.act(OTHER, "job.finish", { job_id, attempt: 2, ...done });
  rig.act(RENTER, "lease.end", { lease_id: second });
  const leases = [rig.lease(first), rig.lease(second)];
  assertEquals(leases.map(({ state, metered_s }) => [state, metered_s]), [
    ["ended", 600],
    ["ended", 600],
  ]);
  const { available_micros, held_micros } = walletView(rig.state, RENTER);
  assertEquals([available_micros, held_micros], [100 * DOLLAR - 1_200_000, 0]);
});

Deno.test("a filter that can't be read is refused before anything is queued", () => {
  const rig = market();
  refusal("invalid_filter", () => rig.submit("g", { failover: { ...failover, where: "typ~1" } }));
});

Deno.test("a GPU takes the kinds that its owner offers, and no others", () => {
  const rig = market();
  rig.submit("g", { kind: "onnx" });
  refusal("forbidden", () => rig.act(RENTER, "gpu.offer", { gpu_id: "g", kinds: ["wgsl"] }));
  rig.act(OWNER, "gpu.offer", { gpu_id: "g", kinds: ["wgsl"] });
  const error = refusal("kind_not_offered", () => rig.submit("g", { kind: "onnx" }));
  assertEquals(error.details, { kinds: ["wgsl"] });
  assertEquals(rig.gpu("g").kinds, ["wgsl"]);
});

Deno.test("what has a higher priority runs first, then what came first", () => {
  const rig = market();
  const jobs = [0, 3, 9, 3].map((priority) => rig.submit("g", { priority }));
  const order = [jobs[2], jobs[1], jobs[3], jobs[0]];
  assertEquals(openJobs(rig.state, "g").map(({ job_id }) => job_id), order);
});

Deno.test("only the attempt that runs keeps checkpoints, and the last one stands", () => {
  const rig = market();
  const job_id = rig.submit("g", { retry, failover: null });
  const keep = (checkpoint: string, attempt = 1, actor = OWNER) =>
    rig.act(actor, "job.checkpoint", { job_id, attempt, checkpoint });
  refusal("job_state", () => keep(CHECKPOINT));
  rig.act(OWNER, "job.claim", { job_id });
  rig.act(OWNER, "job.start", { job_id, attempt: 1 });
  refusal("job_state", () => keep(CHECKPOINT, 2));
  refusal("forbidden", () => keep(CHECKPOINT, 1, OTHER));
  keep(CHECKPOINT);
  keep(HASH);
  assertEquals(rig.job(job_id).checkpoint, HASH);
});

function statement(job_id: string): IntentBody<"job.attest"> {
  return {
    job_id,
    result: HASH,
    agrees: true,
    on: "local",
    gpu_id: null,
    replay: null,
    adapter: "llvmpipe",
    exact: 4,
    tolerant: 0,
    differing: 0,
    tolerance: { absolute: 0, relative: 0 },
  };
}

function succeeded(rig: Rig): string {
  const job_id = running(rig, {});
  const done = { outcome: "succeeded", reason: "done", side: null, result: HASH } as const;
  rig.act(OWNER, "job.finish", { job_id, attempt: 1, ...done });
  return job_id;
}

Deno.test("both sides of a job may say what came of running it again, a bounded number of times", () => {
  const rig = market();
  const job_id = running(rig, {});
  refusal("job_state", () => rig.act(RENTER, "job.attest", statement(job_id)));
  const done = { outcome: "succeeded", reason: "done", side: null, result: HASH } as const;
  rig.act(OWNER, "job.finish", { job_id, attempt: 1, ...done });
  refusal("forbidden", () => rig.act(OTHER, "job.attest", statement(job_id)));
  const wrong = { ...statement(job_id), result: CHECKPOINT };
  refusal("job_state", () => rig.act(RENTER, "job.attest", wrong));
  rig.act(RENTER, "job.attest", statement(job_id));
  rig.act(OWNER, "job.attest", { ...statement(job_id), agrees: false, differing: 1 });
  assertEquals(
    rig.job(job_id).statements.map(({ actor, agrees }) => [actor, agrees]),
    [[RENTER, true], [OWNER, false]],
  );
  for (let i = 2; i < LIMITS.job_statements; i++) {
    rig.act(RENTER, "job.attest", statement(job_id));
  }
  refusal("limit_reached", () => rig.act(RENTER, "job.attest", statement(job_id)));
});

Deno.test("a replay on a GPU is a job of the actor's there that succeeded", () => {
  const rig = market();
  const [job_id, replay] = [succeeded(rig), succeeded(rig)];
  const on = { ...statement(job_id), on: "gpu", gpu_id: "g", replay } as const;
  rig.act(RENTER, "job.attest", on);
  refusal("job_state", () => rig.act(RENTER, "job.attest", { ...on, gpu_id: "h" }));
  refusal("job_state", () => rig.act(RENTER, "job.attest", { ...on, replay: job_id }));
  refusal("job_not_found", () => rig.act(RENTER, "job.attest", { ...on, replay: "job_9999" }));
});
