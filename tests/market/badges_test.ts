import { assert, assertEquals } from "@std/assert";
import { deserialize, serialize } from "../../src/market/market.ts";
import {
  DOLLAR,
  HOUR_MS,
  judgement,
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

const LIFE_MS = 24 * HOUR_MS;

function served(): Rig {
  const rig = new Rig({ badge_life_ms: LIFE_MS, fee_bps: 500 });
  rig.deposit(RENTER, 1_000 * DOLLAR);
  rig.deposit(OTHER, 1_000 * DOLLAR);
  return rig;
}

const judge = (rig: Rig, verdict: Parameters<typeof verdictOf>[0], gpu_id = "g") =>
  rig.act(NODE, "gpu.judge", judgement(gpu_id, verdictOf(verdict)));

Deno.test("a badge expires after its life, keeps its verdict, and a new proof lists it again", () => {
  const rig = served();
  rig.list("g");
  assertEquals(rig.gpu("g").badge_ends_at, rig.at + LIFE_MS);
  assertEquals(rig.pass(LIFE_MS - 1), []);
  assertEquals(rig.pass(1).map(({ type, data }) => [type, data]), [["gpu.expired", {
    gpu_id: "g",
  }]]);
  assertEquals(rig.last_effects?.changed_gpus, ["g"]);
  const { status, verdict, available, proven_at, badge_ends_at } = rig.gpu("g");
  assertEquals([status, verdict?.verdict, available], ["expired", "verified", false]);
  assertEquals([proven_at, badge_ends_at], [rig.at - LIFE_MS, null]);
  const error = refusal("gpu_not_listed", () => rig.act(RENTER, "lease.rent", rental("g", 60)));
  assertEquals(error.details, { status: "expired" });
  judge(rig, "verified");
  assertEquals([rig.gpu("g").status, rig.gpu("g").available], ["listed", true]);
  assertEquals(rig.pass(LIFE_MS).map(({ type }) => type), ["gpu.expired"]);
});

Deno.test("a proof before the end begins the badge's life anew", () => {
  const rig = served();
  rig.list("g");
  rig.pass(LIFE_MS - 1);
  judge(rig, "verified");
  assertEquals(rig.pass(LIFE_MS - 1), []);
  assertEquals(rig.pass(1).map(({ type }) => type), ["gpu.expired"]);
});

Deno.test("a lease goes on past its GPU's badge, and afterwards nobody gets the GPU", () => {
  const rig = served();
  rig.list("g");
  rig.pass(LIFE_MS - 60_000);
  const lease_id = rig.rent("g", 3600);
  const bid_id = rig.bid(OTHER, { gpu_id: "g", price_micros_per_hour: 9 * DOLLAR });
  rig.pass(60_000);
  assertEquals([rig.gpu("g").status, rig.lease(lease_id).state], ["expired", "live"]);
  rig.act(RENTER, "lease.extend", { lease_id, duration_s: 60 });
  rig.pass(HOUR_MS);
  assertEquals([rig.lease(lease_id).reason, rig.lease(lease_id).metered_s], ["expired", 3660]);
  assertEquals(rig.bidView(bid_id).state, "resting");
  judge(rig, "verified");
  rig.pass(0);
  assertEquals(rig.bidView(bid_id).state, "filled");
});

Deno.test("a badge that ends with a lease is gone before the GPU is free", () => {
  const rig = served();
  rig.list("g");
  rig.pass(LIFE_MS - HOUR_MS);
  rig.rent("g", 3600);
  const bid_id = rig.bid(OTHER, { gpu_id: "g", price_micros_per_hour: 9 * DOLLAR });
  assertEquals(rig.pass(HOUR_MS).map(({ type }) => type), ["gpu.expired", "lease.ended"]);
  assertEquals(rig.bidView(bid_id).state, "resting");
});

Deno.test("badges that end at one time expire in the order of their ids, from a snapshot too", () => {
  const rig = served();
  for (const gpu_id of ["c", "a", "b"]) rig.list(gpu_id);
  rig.state = deserialize(serialize(rig.state));
  const ids = rig.pass(LIFE_MS).map(({ data }) => "gpu_id" in data && data.gpu_id);
  assertEquals(ids, ["a", "b", "c"]);
  rig.state = deserialize(serialize(rig.state));
  assertEquals(rig.gpu("a").status, "expired");
  assertEquals(rig.pass(LIFE_MS), []);
});

Deno.test("an auction sells nothing while its GPU's badge is expired, and sells after a new proof", () => {
  for (const isProven of [false, true]) {
    const rig = served();
    rig.list("g");
    rig.pass(LIFE_MS - 60_000);
    const auction_id = rig.auction("g");
    const bid_id = rig.seal(RENTER, auction_id, DOLLAR);
    rig.pass(60_000);
    assertEquals([rig.gpu("g").status, rig.auctionView(auction_id).state], ["expired", "open"]);
    if (isProven) judge(rig, "verified");
    rig.pass(10 * 60_000);
    const { fills, reason } = rig.clear(auction_id);
    assertEquals([fills.length, reason], isProven ? [1, null] : [0, "gpu_gone"]);
    assertEquals(rig.bidView(bid_id).state, isProven ? "filled" : "lost");
  }
});

Deno.test("a failed proof ends the lease at no cost, and its jobs, by the provider's fault", () => {
  for (const verdict of ["failed", "implausible", "software"] as const) {
    const rig = served();
    rig.list("g");
    const lease_id = rig.rent("g", 3600);
    const job_id = rig.submit("g");
    rig.act(OWNER, "job.claim", { job_id });
    rig.pass(600_000);
    const from = rig.state.seq + 1;
    judge(rig, verdict);
    assertEquals(rig.types(from), ["job.ended", "lease.ended", "gpu.judged"]);
    const { state, reason, side } = rig.job(job_id);
    assertEquals([state, reason, side], ["lost", "proof_failed", "provider"]);
    const lease = rig.lease(lease_id);
    assertEquals([lease.reason, lease.metered_s, lease.cost_micros], ["proof_failed", 600, 0]);
    assertEquals(rig.money(RENTER), [1_000 * DOLLAR, 0, 0]);
    assertEquals([rig.gpu("g").status, rig.gpu("g").lease_id], ["refused", null]);
  }
});

Deno.test("the jobs of a lease that a failed proof ends are retried on another lease", () => {
  const rig = served();
  rig.list("g");
  rig.list("h");
  rig.rent("g", 3600);
  const other_id = rig.rent("h", 3600);
  const job_id = rig.submit("g", { retry: { attempts: 1, on: ["lost"] } });
  judge(rig, "failed");
  assertEquals([rig.job(job_id).state, rig.job(job_id).lease_id], ["queued", other_id]);
});

Deno.test("a failed proof cancels the GPU's auction, open or closed, and releases its bids", () => {
  for (const isClosed of [false, true]) {
    const rig = served();
    rig.list("g");
    const auction_id = rig.auction("g");
    rig.seal(RENTER, auction_id, DOLLAR);
    if (isClosed) rig.act(OWNER, "auction.end", { auction_id });
    const from = rig.state.seq + 1;
    judge(rig, "failed");
    assertEquals(rig.types(from), ["auction.cancelled", "gpu.judged"]);
    assertEquals(rig.auctionView(auction_id).reason, "proof_failed");
    assertEquals(rig.money(RENTER), [1_000 * DOLLAR, 0, 0]);
  }
});

Deno.test("without a badge's life a verdict lists for good, and a failed proof leaves the lease", () => {
  const rig = new Rig();
  rig.deposit(RENTER, 1_000 * DOLLAR);
  rig.list("g");
  const lease_id = rig.rent("g", 100 * 3600);
  assertEquals(rig.pass(2 * LIFE_MS), []);
  assert(!("badge_ends_at" in rig.gpu("g")) && !("reputation" in rig.gpu("g")));
  const from = rig.state.seq + 1;
  judge(rig, "failed");
  assertEquals(rig.types(from), ["gpu.judged"]);
  assertEquals(rig.lease(lease_id).state, "live");
});

Deno.test("badges begin to expire with the settings, at once where the proof is older", () => {
  const rig = new Rig({ mode: "embedded" });
  rig.list("old");
  rig.pass(2 * LIFE_MS);
  rig.list("new");
  const { settings } = rig.state;
  rig.act(NODE, "node.settings", { ...settings, mode: "served", badge_life_ms: LIFE_MS });
  assertEquals(rig.pass(0).map(({ type, data }) => [type, data]), [["gpu.expired", {
    gpu_id: "old",
  }]]);
  assertEquals(rig.gpu("new").status, "listed");
  assertEquals(rig.pass(LIFE_MS).length, 1);
});

Deno.test("a GPU that moves gets its badge's deadline when it arrives", () => {
  const rig = served();
  const moved = { from: OTHER, home_epoch: 2, left_seq: null };
  rig.act(OWNER, "gpu.register", { ...registration("g", 1), moved });
  judge(rig, "verified");
  const events = rig.pass(LIFE_MS);
  assertEquals(events.map(({ type }) => type), ["gpu.arrived", "gpu.expired"]);
});

Deno.test("an expired GPU stays so whatever the settings, until it is proven", () => {
  const rig = new Rig({ badge_life_ms: LIFE_MS, allow_software: true });
  rig.list("g", { verdict: verdictOf("software") });
  rig.pass(LIFE_MS);
  const { settings } = rig.state;
  rig.act(NODE, "node.settings", { ...settings, allow_software: false });
  assertEquals(rig.gpu("g").status, "refused");
  rig.act(NODE, "node.settings", { ...settings, badge_life_ms: 9 * LIFE_MS });
  assertEquals(rig.gpu("g").status, "expired");
  judge(rig, "software");
  assertEquals(rig.gpu("g").status, "listed");
});
