import { assert, assertEquals } from "@std/assert";
import { LIMITS } from "../../src/protocol/limits.ts";
import {
  DOLLAR,
  HOUR_MS,
  judgement,
  MINUTE_MS,
  NODE,
  OTHER,
  OWNER,
  refusal,
  registration,
  rental,
  RENTER,
  Rig,
  verdictOf,
} from "./rig.ts";

/** A GPU at a micro-dollar a millisecond: a second costs 1,000. */
function market(options: ConstructorParameters<typeof Rig>[0] = {}): Rig {
  const rig = new Rig(options);
  rig.deposit(RENTER, 10 * DOLLAR);
  rig.list("g", { price: 3_600_000 });
  return rig;
}

Deno.test("renting holds the ask for the whole time, never the most one would pay", () => {
  const rig = market();
  const body = { ...rental("g", 60), max_price_micros_per_hour: 99_000_000 };
  const event = rig.act(RENTER, "lease.rent", body);
  assert(event.type === "lease.opened");
  assertEquals(event.data.lease_id, `lease_${event.seq}`);
  assertEquals(event.data.hold_micros, 60_000);
  assertEquals(event.data.ends_at, rig.at + MINUTE_MS);
  assertEquals(rig.money(RENTER), [10 * DOLLAR - 60_000, 60_000, 0]);
  assertEquals(rig.last_effects?.changed_gpus, ["g"]);
});

Deno.test("a hold is rounded up, and what a second costs is rounded down", () => {
  const rig = new Rig();
  rig.deposit(RENTER, 10);
  rig.list("g", { price: 100 });
  const lease_id = rig.rent("g", 61);
  assertEquals(rig.lease(lease_id).hold_micros, 2, "61 s at 100 an hour are 1.69");
  rig.pass(61_000);
  assertEquals(rig.lease(lease_id).cost_micros, 1);
  assertEquals(rig.money(RENTER), [9, 0, 0]);
});

Deno.test("a price below the ask changes nothing, shows the ask, and names bid", () => {
  const rig = market();
  const body = { ...rental("g", 60), max_price_micros_per_hour: 3_599_999 };
  const error = refusal("no_offer", () => rig.act(RENTER, "lease.rent", body));
  assertEquals(error.details, { ask_micros_per_hour: 3_600_000 });
  assertEquals(error.fix, "Pay the ask, or leave a bid: horizon bid g --price 3.599999");
});

Deno.test("a price at the ask gets the lease", () => {
  const rig = market();
  rig.act(RENTER, "lease.rent", { ...rental("g", 60), max_price_micros_per_hour: 3_600_000 });
});

Deno.test("too little money is refused with the sums, and the last micro-dollar suffices", () => {
  const rig = new Rig();
  rig.list("g");
  rig.deposit(RENTER, 59_999);
  const error = refusal("insufficient_funds", () => rig.rent("g", 60));
  assertEquals(error.details, {
    needed_micros: 60_000,
    spendable_micros: 59_999,
    missing_micros: 1,
  });
  rig.deposit(RENTER, 1);
  rig.rent("g", 60);
  assertEquals(rig.money(RENTER), [0, 60_000, 0]);
});

Deno.test("refusals come in the order existence, permission, state, price, money", () => {
  const rig = new Rig();
  rig.act(OWNER, "gpu.register", registration("g", 1000));
  const poor = { ...rental("g", 3600), max_price_micros_per_hour: 1 };
  refusal("gpu_not_found", () => rig.act(OWNER, "lease.rent", { ...poor, gpu_id: "none" }));
  refusal("own_gpu", () => rig.act(OWNER, "lease.rent", poor));
  refusal("gpu_not_listed", () => rig.act(RENTER, "lease.rent", poor));
  rig.act(NODE, "gpu.judge", judgement("g", verdictOf("verified")));
  refusal("gpu_offline", () => rig.act(RENTER, "lease.rent", poor));
  rig.liveness("g", true);
  refusal("no_offer", () => rig.act(RENTER, "lease.rent", poor));
  refusal("insufficient_funds", () => rig.rent("g", 3600));
});

Deno.test("a GPU whose verdict or class is not the plan's is not bought", () => {
  const rig = market({ allow_software: true });
  const other = { ...rental("g", 60), expected: { verdict: "verified", class: "H100" } as const };
  const error = refusal("stale_plan", () => rig.act(RENTER, "lease.rent", other));
  assertEquals(error.details, { verdict: "verified", class: "RTX 3090" });
  rig.act(NODE, "gpu.judge", judgement("g", verdictOf("software")));
  refusal("stale_plan", () => rig.rent("g", 60));
});

Deno.test("a leased GPU is not leased again", () => {
  const rig = market();
  rig.deposit(OTHER, DOLLAR);
  rig.rent("g", 60);
  refusal("gpu_leased", () => rig.rent("g", 60, OTHER));
  rig.pass(MINUTE_MS);
  rig.rent("g", 60, OTHER);
});

Deno.test("a lease that runs out is dated at its end and settled: cost, fee, refund", () => {
  const rig = market({ fee_bps: 250 });
  const lease_id = rig.rent("g", 90);
  const ends_at = rig.at + 90_000;
  const [event, ...more] = rig.pass(10 * MINUTE_MS);
  assertEquals(more, []);
  assertEquals(event?.at, ends_at);
  assertEquals(event?.data, {
    lease_id,
    reason: "expired",
    metered_s: 90,
    cost_micros: 90_000,
    fee_micros: 2250,
    refund_micros: 0,
  });
  assertEquals(rig.money(OWNER), [0, 0, 87_750]);
  assertEquals(rig.state.fees_micros, 2250);
});

Deno.test("a renter who ends early pays for whole seconds used and gets the rest back", () => {
  const rig = market();
  const lease_id = rig.rent("g", 3600);
  rig.pass(10_999);
  assertEquals(rig.lease(lease_id).metered_s, 0, "metered up to the last event");
  rig.act(RENTER, "lease.end", { lease_id });
  const view = rig.lease(lease_id);
  assertEquals([view.state, view.reason, view.metered_s], ["ended", "ended_by_renter", 10]);
  assertEquals(rig.money(RENTER), [10 * DOLLAR - 10_000, 0, 0]);
  refusal("lease_state", () => rig.act(RENTER, "lease.end", { lease_id }));
});

Deno.test("only its renter ends or extends a lease", () => {
  const rig = market();
  const lease_id = rig.rent("g", 60);
  refusal("forbidden", () => rig.act(OWNER, "lease.end", { lease_id }));
  refusal("forbidden", () => rig.act(OWNER, "lease.extend", { lease_id, duration_s: 60 }));
  refusal("lease_not_found", () => rig.act(RENTER, "lease.end", { lease_id: "lease_99" }));
});

Deno.test("extending holds more at the lease's price and moves its end", () => {
  const rig = market();
  const lease_id = rig.rent("g", 60);
  const started_at = rig.at;
  rig.act(OWNER, "gpu.update", { gpu_id: "g", price_micros_per_hour: 99_000_000 });
  rig.pass(30_000);
  rig.act(RENTER, "lease.extend", { lease_id, duration_s: 60 });
  assertEquals(rig.lease(lease_id).ends_at, started_at + 120_000);
  assertEquals(rig.money(RENTER), [10 * DOLLAR - 120_000, 120_000, 0]);
  assertEquals(rig.pass(89_999), []);
  assertEquals(rig.pass(1).map(({ type }) => type), ["lease.ended"]);
});

Deno.test("extending needs the GPU online, the money, and a length within the limit", () => {
  const rig = market();
  const lease_id = rig.rent("g", 60);
  const extend = (duration_s: number) => rig.act(RENTER, "lease.extend", { lease_id, duration_s });
  refusal("limit_reached", () => extend(LIMITS.duration_max_s));
  refusal("insufficient_funds", () => extend(10 * 3600));
  rig.liveness("g", false);
  refusal("gpu_offline", () => extend(60));
  rig.pass(30_000);
  refusal("lease_state", () => extend(60));
});

Deno.test("time in which the provider is offline is not billed", () => {
  const rig = market();
  const lease_id = rig.rent("g", 120);
  rig.pass(40_000);
  rig.liveness("g", false, rig.at - 15_000);
  rig.pass(20_000);
  rig.liveness("g", true);
  rig.pass(60_000);
  assertEquals(rig.lease(lease_id).metered_s, 25 + 60);
  assertEquals(rig.money(OWNER), [0, 0, 85_000]);
});

Deno.test("a provider last seen before the lease began bills nothing", () => {
  const rig = market();
  rig.pass(10_000);
  const lease_id = rig.rent("g", 120);
  rig.pass(6_000);
  rig.liveness("g", false, rig.at - 15_000);
  assertEquals(rig.lease(lease_id).metered_s, 0);
});

Deno.test("a lease whose GPU stays offline beyond its grace ends and is settled", () => {
  const rig = market();
  rig.rent("g", 3600);
  rig.pass(10_000);
  rig.liveness("g", false, rig.at - 4_000);
  const events = rig.pass(HOUR_MS);
  assertEquals(events.map(({ type, data }) => [type, "reason" in data ? data.reason : null]), [
    ["lease.ended", "provider_offline"],
  ]);
  assertEquals(rig.money(OWNER), [0, 0, 6_000]);
  assertEquals(rig.money(RENTER), [10 * DOLLAR - 6_000, 0, 0]);
});

Deno.test("a GPU that is back in time keeps its lease, and a second word of its absence changes nothing", () => {
  const rig = market();
  const lease_id = rig.rent("g", 3600);
  rig.liveness("g", false);
  rig.pass(20_000);
  rig.liveness("g", false);
  rig.pass(9_999);
  rig.liveness("g", true);
  rig.pass(10 * MINUTE_MS);
  assertEquals(rig.lease(lease_id).state, "live");
  rig.liveness("g", false);
  rig.pass(20_000);
  rig.liveness("g", false);
  rig.pass(10_000);
  assertEquals(rig.lease(lease_id).reason, "provider_offline");
});

Deno.test("a gap is not billed, and lengthens lease, grace and job by itself", () => {
  const rig = market();
  const lease_id = rig.rent("g", 600);
  const job_id = rig.submit("g");
  rig.act(OWNER, "job.claim", { job_id });
  rig.act(OWNER, "job.start", { job_id, attempt: 1 });
  const { ends_at } = rig.lease(lease_id);
  const overdue_at = rig.state.jobs.get(job_id)?.overdue_at ?? 0;
  rig.pass(10_000);
  const from = rig.state.at;
  rig.at += HOUR_MS - 10_000;
  rig.act(NODE, "node.gap", { from, to: rig.at });
  assertEquals(rig.lease(lease_id).ends_at, ends_at + HOUR_MS);
  assertEquals(rig.state.jobs.get(job_id)?.overdue_at, overdue_at + HOUR_MS);
  assertEquals(rig.lease(lease_id).metered_s, 0, "the last event was right after the start");
  rig.pass(5_000);
  rig.act(RENTER, "lease.end", { lease_id });
  assertEquals(rig.lease(lease_id).metered_s, 5);
});

Deno.test("a gap gives an offline GPU its grace back", () => {
  const rig = market();
  const lease_id = rig.rent("g", 600);
  rig.liveness("g", false);
  const from = rig.at;
  rig.at += HOUR_MS;
  rig.act(NODE, "node.gap", { from, to: rig.at });
  assertEquals(rig.pass(29_999), []);
  rig.pass(1);
  assertEquals(rig.lease(lease_id).reason, "provider_offline");
  assertEquals(rig.lease(lease_id).metered_s, 0);
});

Deno.test("a gap lies between the last event and now", () => {
  const rig = market();
  rig.pass(10_000);
  const { at } = rig.state;
  for (
    const [from, to] of [[at - 1, rig.at], [at, rig.at + 1], [at, at], [at + 2, at + 1]] as const
  ) {
    refusal("invalid_input", () => rig.act(NODE, "node.gap", { from, to }));
  }
  refusal("forbidden", () => rig.act(OWNER, "node.gap", { from: at, to: rig.at }));
  rig.act(NODE, "node.gap", { from: at, to: rig.at });
});

Deno.test("ending a lease cancels its jobs first", () => {
  const rig = market();
  const lease_id = rig.rent("g", 600);
  const jobs = [rig.submit("g"), rig.submit("g")];
  rig.act(OWNER, "job.claim", { job_id: jobs[0] ?? "" });
  const from = rig.state.seq + 1;
  rig.act(RENTER, "lease.end", { lease_id });
  assertEquals(rig.types(from), ["job.ended", "job.ended", "lease.ended"]);
  for (const job_id of jobs) {
    const { state, reason, side } = rig.state.jobs.get(job_id) ?? {};
    assertEquals([state, reason, side], ["cancelled", "lease_ended", "renter"]);
  }
});
