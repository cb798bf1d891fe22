import { assert, assertEquals } from "@std/assert";
import { openJobs } from "../../src/market/market.ts";
import type { IntentBody } from "../../src/protocol/intent.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import {
  DOLLAR,
  HASH,
  MINUTE_MS,
  NODE,
  OTHER,
  OWNER,
  present,
  refusal,
  RENTER,
  Rig,
  submission,
} from "./rig.ts";

const TWICE = { attempts: 1, on: ["lost", "failed"] } satisfies IntentBody<"job.submit">["retry"];
const FAILED = { outcome: "failed", reason: "shader_error", side: "renter", result: null } as const;

/** A leased GPU "g" of OWNER, and a leased GPU "h" of OTHER if asked for. */
function market(options: { second?: boolean } = {}): Rig {
  const rig = new Rig();
  rig.deposit(RENTER, 1000 * DOLLAR);
  rig.list("g");
  rig.rent("g", 24 * 3600);
  if (options.second) {
    rig.list("h", { owner: OTHER });
    rig.rent("h", 24 * 3600);
  }
  return rig;
}

function running(rig: Rig, retry?: IntentBody<"job.submit">["retry"]): string {
  const job_id = rig.submit("g", retry === undefined ? {} : { retry });
  rig.act(OWNER, "job.claim", { job_id });
  rig.act(OWNER, "job.start", { job_id, attempt: 1 });
  return job_id;
}

const endOf = (rig: Rig, job_id: string) => {
  const { state, reason, side } = rig.job(job_id);
  return [state, reason, side];
};

Deno.test("a job goes from queued through assigned and running to succeeded", () => {
  const rig = market();
  const job_id = rig.submit("g");
  assertEquals(job_id, `job_${rig.state.seq}`);
  const { state, provider, renter, attempt } = rig.job(job_id);
  assertEquals([state, provider, renter, attempt], ["queued", OWNER, RENTER, 1]);
  rig.act(OWNER, "job.claim", { job_id });
  assertEquals(rig.job(job_id).state, "assigned");
  rig.act(OWNER, "job.start", { job_id, attempt: 1 });
  assertEquals([rig.job(job_id).state, rig.job(job_id).started_at], ["running", rig.at]);
  rig.pass(5_000);
  const done = { outcome: "succeeded", reason: "done", side: null, result: HASH } as const;
  rig.act(OWNER, "job.finish", { job_id, attempt: 1, ...done });
  assertEquals(endOf(rig, job_id), ["succeeded", "done", null]);
  assertEquals([rig.job(job_id).result, rig.job(job_id).ended_at], [HASH, rig.at]);
});

Deno.test("a job needs a live lease of its sender on that GPU", () => {
  const rig = market();
  rig.list("free");
  refusal("gpu_not_found", () => rig.act(RENTER, "job.submit", submission("none")));
  refusal("lease_not_found", () => rig.act(RENTER, "job.submit", submission("free")));
  const error = refusal("lease_not_found", () => rig.act(OTHER, "job.submit", submission("g")));
  assertEquals(error.fix, "Rent it first: horizon rent g --duration 1");
  rig.pass(24 * 60 * MINUTE_MS);
  refusal("lease_not_found", () => rig.act(RENTER, "job.submit", submission("g")));
});

Deno.test("a lease takes a bounded number of unfinished jobs", () => {
  const rig = market();
  const job_id = rig.submit("g");
  const open = present(rig.state.open_jobs.get(rig.job(job_id).lease_id));
  for (let i = 1; i < LIMITS.jobs_per_lease; i++) open.add(`job_${i}000`);
  refusal("limit_reached", () => rig.act(RENTER, "job.submit", submission("g")));
  rig.act(RENTER, "job.cancel", { job_id });
  rig.act(RENTER, "job.submit", submission("g"));
});

Deno.test("only the GPU's owner claims, starts and finishes its jobs, in that order", () => {
  const rig = market();
  const job_id = rig.submit("g");
  refusal("job_not_found", () => rig.act(OWNER, "job.claim", { job_id: "job_999" }));
  refusal("forbidden", () => rig.act(RENTER, "job.claim", { job_id }));
  refusal("job_state", () => rig.act(OWNER, "job.start", { job_id, attempt: 1 }));
  refusal("job_state", () => rig.act(OWNER, "job.finish", { job_id, attempt: 1, ...FAILED }));
  rig.act(OWNER, "job.claim", { job_id });
  refusal("job_state", () => rig.act(OWNER, "job.claim", { job_id }));
  refusal("forbidden", () => rig.act(OTHER, "job.start", { job_id, attempt: 1 }));
  refusal("job_state", () => rig.act(OWNER, "job.start", { job_id, attempt: 2 }));
  rig.act(OWNER, "job.start", { job_id, attempt: 1 });
  refusal("job_state", () => rig.act(OWNER, "job.start", { job_id, attempt: 1 }));
  refusal("forbidden", () => rig.act(RENTER, "job.finish", { job_id, attempt: 1, ...FAILED }));
  const late = refusal(
    "job_state",
    () => rig.act(OWNER, "job.finish", { job_id, attempt: 2, ...FAILED }),
  );
  assertEquals(late.details, { state: "running", attempt: 1 });
  rig.act(OWNER, "job.finish", { job_id, attempt: 1, ...FAILED });
  assertEquals(endOf(rig, job_id), ["failed", "shader_error", "renter"]);
  refusal("job_state", () => rig.act(OWNER, "job.finish", { job_id, attempt: 1, ...FAILED }));
});

Deno.test("an assigned job may fail before it runs", () => {
  const rig = market();
  const job_id = rig.submit("g");
  rig.act(OWNER, "job.claim", { job_id });
  rig.act(OWNER, "job.finish", { job_id, attempt: 1, ...FAILED });
  assertEquals(rig.job(job_id).state, "failed");
});

for (const steps of [0, 1, 2]) {
  Deno.test(`its renter cancels a job ${["queued", "assigned", "running"][steps]}`, () => {
    const rig = market();
    const job_id = rig.submit("g");
    if (steps > 0) rig.act(OWNER, "job.claim", { job_id });
    if (steps > 1) rig.act(OWNER, "job.start", { job_id, attempt: 1 });
    refusal("forbidden", () => rig.act(OWNER, "job.cancel", { job_id }));
    rig.act(RENTER, "job.cancel", { job_id });
    assertEquals(endOf(rig, job_id), ["cancelled", "cancelled", "renter"]);
    refusal("job_state", () => rig.act(RENTER, "job.cancel", { job_id }));
    assertEquals(openJobs(rig.state, "g"), []);
  });
}

Deno.test("a job that was lost ends with the reason and side that the registry gives", () => {
  const rig = market();
  const job_id = rig.submit("g");
  const body = { job_id, reason: "unknown_to_provider", side: "provider" } as const;
  refusal("job_state", () => rig.act(NODE, "job.lose", body));
  rig.act(OWNER, "job.claim", { job_id });
  refusal("forbidden", () => rig.act(OWNER, "job.lose", body));
  rig.act(NODE, "job.lose", body);
  assertEquals(endOf(rig, job_id), ["lost", "unknown_to_provider", "provider"]);
});

Deno.test("a GPU that goes offline loses what it was running, keeps its queue, and says so last", () => {
  const rig = market();
  const job_id = running(rig);
  const queued = rig.submit("g");
  const from = rig.state.seq + 1;
  rig.liveness("g", false);
  assertEquals(rig.types(from), ["job.ended", "gpu.offline"]);
  assertEquals(endOf(rig, job_id), ["lost", "provider_offline", "provider"]);
  assertEquals(rig.job(queued).state, "queued");
});

Deno.test("a lost job is tried again on the renter's oldest other lease that is online", () => {
  const rig = market({ second: true });
  rig.list("i", { owner: OTHER });
  rig.rent("i", 3600);
  const job_id = running(rig, TWICE);
  rig.liveness("g", false);
  const { state, gpu_id, lease_id, provider, attempt, started_at } = rig.job(job_id);
  assertEquals([state, gpu_id, provider, attempt, started_at], ["queued", "h", OTHER, 2, null]);
  assertEquals(lease_id, rig.gpu("h").lease_id);
  assertEquals(openJobs(rig.state, "h").map((job) => job.job_id), [job_id]);
  assertEquals(openJobs(rig.state, "g"), []);
  refusal("forbidden", () => rig.act(OWNER, "job.claim", { job_id }));
  rig.act(OTHER, "job.claim", { job_id });
  refusal("job_state", () => rig.act(OTHER, "job.start", { job_id, attempt: 1 }));
  rig.act(OTHER, "job.start", { job_id, attempt: 2 });
  rig.liveness("h", false);
  assertEquals(endOf(rig, job_id), ["lost", "provider_offline", "provider"]);
});

Deno.test("a lost job whose GPU is online is tried again there if there is no other", () => {
  const rig = market();
  const job_id = running(rig, TWICE);
  rig.act(NODE, "job.lose", { job_id, reason: "crashed", side: "provider" });
  assertEquals([rig.job(job_id).state, rig.job(job_id).gpu_id], ["queued", "g"]);
});

Deno.test("a lost job prefers another GPU of the renter's to the one that lost it", () => {
  const rig = market({ second: true });
  const job_id = running(rig, TWICE);
  rig.act(NODE, "job.lose", { job_id, reason: "crashed", side: "provider" });
  assertEquals(rig.job(job_id).gpu_id, "h");
});

Deno.test("a lost job ends if no GPU of the renter's is online", () => {
  const rig = market({ second: true });
  const job_id = running(rig, TWICE);
  rig.liveness("h", false);
  rig.liveness("g", false);
  assertEquals(endOf(rig, job_id), ["lost", "provider_offline", "provider"]);
});

Deno.test("a failed job is tried again only if its retry says so", () => {
  const rig = market();
  const again = running(rig, TWICE);
  rig.act(OWNER, "job.finish", { job_id: again, attempt: 1, ...FAILED });
  assertEquals([rig.job(again).state, rig.job(again).attempt], ["queued", 2]);
  const once = running(rig, { attempts: 5, on: ["lost"] });
  rig.act(OWNER, "job.finish", { job_id: once, attempt: 1, ...FAILED });
  assertEquals(rig.job(once).state, "failed");
});

Deno.test("a job that runs a minute past its limit is lost, and one that reports in time is not", () => {
  const rig = market();
  const job_id = running(rig);
  assertEquals(rig.pass(660_000 - 1), []);
  const [event] = rig.pass(1);
  assertEquals(event?.at, rig.at);
  assertEquals(endOf(rig, job_id), ["lost", "overdue", "provider"]);
  const intime = running(rig);
  rig.pass(600_000);
  rig.act(OWNER, "job.finish", { job_id: intime, attempt: 1, ...FAILED });
  assertEquals(rig.pass(120_000), []);
});

Deno.test("an overdue job with attempts left starts over, with its time anew", () => {
  const rig = market();
  const job_id = running(rig, TWICE);
  rig.pass(660_000);
  rig.act(OWNER, "job.claim", { job_id });
  rig.act(OWNER, "job.start", { job_id, attempt: 2 });
  assertEquals(rig.pass(659_999), []);
  rig.pass(1);
  assertEquals(endOf(rig, job_id), ["lost", "overdue", "provider"]);
});

Deno.test("a lease that runs out fails its jobs first, oldest first, without another attempt", () => {
  const rig = market({ second: true });
  const jobs = [running(rig, TWICE), rig.submit("g", { retry: TWICE })];
  const [lease] = rig.state.leases.values();
  rig.act(RENTER, "job.cancel", { job_id: jobs[0] ?? "" });
  jobs[0] = rig.submit("g");
  const events = rig.pass(present(lease).ends_at - rig.at);
  const ends = events.filter(({ type }) => type.endsWith("ended"));
  assertEquals(ends.slice(0, 3).map(({ type, at }) => [type, at]), [
    ["job.ended", lease?.ends_at],
    ["job.ended", lease?.ends_at],
    ["lease.ended", lease?.ends_at],
  ]);
  assertEquals(ends.slice(0, 2).map(({ data }) => "job_id" in data ? data.job_id : ""), [
    jobs[1],
    jobs[0],
  ]);
  assertEquals(endOf(rig, jobs[1] ?? ""), ["failed", "lease_ended", "renter"]);
});

Deno.test("what waits on a GPU that stays away moves on to another, or is lost with the lease", () => {
  const rig = market({ second: true });
  const moving = rig.submit("g", { retry: TWICE });
  const staying = rig.submit("g");
  rig.liveness("g", false);
  const events = rig.pass(30_000);
  assertEquals(events.map(({ type }) => type), ["job.requeued", "job.ended", "lease.ended"]);
  assertEquals(rig.job(moving).gpu_id, "h");
  assertEquals(endOf(rig, staying), ["lost", "provider_offline", "provider"]);
});

Deno.test("open jobs of a GPU come oldest first", () => {
  const rig = market();
  const jobs = Array.from({ length: 12 }, () => rig.submit("g"));
  assertEquals(openJobs(rig.state, "g").map(({ job_id }) => job_id), jobs);
  assert(jobs.some((id) => id.length !== jobs[0]?.length), "their order is not that of the texts");
});
