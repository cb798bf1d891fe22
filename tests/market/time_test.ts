import { assertEquals, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { due, evolve, genesis, nextDeadline } from "../../src/market/market.ts";
import { type FeedEvent, GENESIS_PREV } from "../../src/protocol/feed.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { DOLLAR, HOUR_MS, MINUTE_MS, NODE, present, RENTER, Rig, SERVED } from "./rig.ts";

function market(gpus: string[]): Rig {
  const rig = new Rig();
  rig.deposit(RENTER, 1000 * DOLLAR);
  for (const gpu_id of gpus) rig.list(gpu_id);
  return rig;
}

Deno.test("nothing is due on an idle market", () => {
  const rig = market(["g"]);
  assertEquals(nextDeadline(rig.state), undefined);
  assertEquals(due(rig.state, Number.MAX_SAFE_INTEGER), undefined);
});

Deno.test("the next deadline is the soonest, and follows what moves it", () => {
  const rig = market(["g", "h"]);
  const start_at = rig.at;
  const long = rig.rent("g", 600);
  const short = rig.rent("h", 300);
  assertEquals(nextDeadline(rig.state), start_at + 300_000);
  rig.act(RENTER, "lease.extend", { lease_id: short, duration_s: 600 });
  assertEquals(nextDeadline(rig.state), start_at + 600_000);
  rig.liveness("h", false);
  assertEquals(nextDeadline(rig.state), start_at + 30_000);
  rig.liveness("h", true);
  rig.act(RENTER, "lease.end", { lease_id: long });
  assertEquals(nextDeadline(rig.state), start_at + 900_000);
});

Deno.test("deadlines fire in the order of time, then of ids by number, each dated at its own", () => {
  const rig = market(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);
  const start_at = rig.at;
  const first = rig.rent("a", 120);
  const rest = ["b", "c", "d", "e", "f", "g", "h", "i", "j"].map((gpu) => rig.rent(gpu, 60));
  const ended = rig.pass(10 * MINUTE_MS).map(({ at, data }) => [
    at - start_at,
    "lease_id" in data ? data.lease_id : "",
  ]);
  assertEquals(ended, [...rest.map((id) => [60_000, id]), [120_000, first]]);
});

Deno.test("what is due does not depend on how late one asks", () => {
  const rig = market(["g"]);
  rig.rent("g", 60);
  rig.submit("g");
  const soon = due(rig.state, rig.at + 60_000);
  assertEquals(due(rig.state, rig.at + 9 * HOUR_MS), soon);
  assertEquals(due(rig.state, rig.at + 59_999), undefined);
});

Deno.test("a deadline passed before the last event is dated at that event", () => {
  const rig = market(["g"]);
  const lease_id = rig.rent("g", 60);
  rig.act(RENTER, "lease.end", { lease_id });
  const from = rig.at;
  rig.at += 5 * HOUR_MS;
  rig.act(NODE, "node.gap", { from, to: rig.at });
  const next = present(due(rig.state, rig.at));
  assertEquals([next.draft.type, next.at], ["archived", rig.state.at]);
});

Deno.test("ended leases and jobs leave memory an hour later, at the next full minute, as one event", () => {
  const rig = market(["g", "h", "i"]);
  const [first, second] = [rig.rent("g", 60), rig.rent("h", 90)];
  const third = rig.rent("i", 150);
  const job = rig.submit("g");
  const ended = rig.pass(3 * MINUTE_MS).at(-1);
  const from = rig.state.seq + 1;
  rig.pass(HOUR_MS + MINUTE_MS);
  const archived = rig.events.slice(from - 1);
  assertEquals(archived.map(({ type, at }) => [type, at % MINUTE_MS]), [
    ["archived", 0],
    ["archived", 0],
  ]);
  assertEquals(archived.map(({ data }) => data), [
    { leases: [first, second], jobs: [job], auctions: [], bids: [] },
    { leases: [third], jobs: [], auctions: [], bids: [] },
  ]);
  const last_at = archived.at(-1)?.at ?? 0;
  const wait_ms = last_at - (ended?.at ?? 0);
  assertEquals(wait_ms >= LIMITS.archive_after_ms && wait_ms < HOUR_MS + MINUTE_MS, true);
  assertEquals([rig.state.leases.size, rig.state.jobs.size], [0, 0]);
  const [view] = rig.last_effects?.archived_leases ?? [];
  assertEquals([view?.lease_id, view?.state, view?.metered_s], [third, "ended", 150]);
});

Deno.test("more than a batch of ended records leaves in several events", () => {
  const rig = market(["g"]);
  rig.rent("g", 3600);
  const count = LIMITS.archive_batch + 5;
  for (let i = 0; i < count; i++) rig.act(RENTER, "job.cancel", { job_id: rig.submit("g") });
  const sizes = rig.pass(2 * HOUR_MS).flatMap((event) =>
    event.type === "archived" ? [event.data.jobs.length] : []
  );
  assertEquals(sizes.slice(0, 2), [LIMITS.archive_batch, 5]);
});

Deno.test("deadlines that were lifted don't pile up until their time, which may be a year away", () => {
  const rig = market(["g"]);
  rig.watches_state = false;
  for (let i = 0; i < 3_000; i++) {
    rig.act(RENTER, "lease.end", { lease_id: rig.rent("g", 600_000) });
    rig.pass(1);
  }
  assertEquals(rig.state.deadlines.size < 2_000, true, `${rig.state.deadlines.size} are kept`);
});

Deno.test("a tick moves time, and nothing else", () => {
  const rig = market(["g"]);
  const lease_id = rig.rent("g", 60);
  const at = rig.at + 10_000;
  evolve(rig.state, tick(rig.state.seq + 1, at));
  assertEquals([rig.state.at, rig.lease(lease_id).metered_s], [at, 10]);
});

function tick(seq: number, at: number): FeedEvent {
  return { v: 1, seq, prev: GENESIS_PREV, at, type: "tick", data: {} };
}

for (
  const [what, event] of [
    ["leaves one out", (seq: number, at: number) => tick(seq + 2, at)],
    ["comes twice", (seq: number, at: number) => tick(seq, at)],
    ["is older than the last", (seq: number, at: number) => tick(seq + 1, at - 1)],
    [
      "is a second genesis",
      (seq: number, at: number) => ({ ...tick(seq + 1, at), ...genesis(NODE, SERVED) }),
    ],
    [
      "is about a lease that is not there",
      (seq: number, at: number) => ({
        ...tick(seq + 1, at),
        type: "lease.extended" as const,
        data: { lease_id: "lease_99", duration_s: 60, hold_micros: 0, ends_at: at },
      }),
    ],
    [
      "archives what is not due",
      (seq: number, at: number) => ({
        ...tick(seq + 1, at),
        type: "archived" as const,
        data: { leases: ["lease_99"], jobs: [], auctions: [], bids: [] },
      }),
    ],
  ] as const
) {
  Deno.test(`an event that ${what} stops the state machine`, () => {
    const rig = market(["g"]);
    const error = assertThrows(
      () => evolve(rig.state, event(rig.state.seq, rig.state.at)),
      HorizonError,
    );
    assertEquals(error.code, "state_mismatch");
  });
}
