import { assert, assertEquals, assertThrows } from "@std/assert";
import { evolve, type MarketState, movementsOf } from "../../src/market/market.ts";
import { type FeedEvent, GENESIS_PREV } from "../../src/protocol/feed.ts";
import { HorizonError } from "../../src/base/errors.ts";
import { DOLLAR, NODE, OTHER, OWNER, present, refusal, registration, RENTER, Rig } from "./rig.ts";

type Frame = Omit<FeedEvent, "type" | "data">;

Deno.test("only the registry credits wallets, and issuance is the negative of all credits", () => {
  const rig = new Rig();
  const body = { to: RENTER, amount_micros: 5 };
  refusal("forbidden", () => rig.act(RENTER, "wallet.deposit", body));
  rig.act(NODE, "wallet.deposit", body);
  assertEquals(rig.money(RENTER), [5, 0, 0]);
  assertEquals(rig.state.issuance_micros, -5);
  assertEquals(rig.money(OTHER), [0, 0, 0]);
});

Deno.test("a registry never credits so much that a balance could lose a micro-dollar", () => {
  const rig = new Rig();
  const amount_micros = 1_000_000_000 * DOLLAR;
  for (let i = 0; i < 9; i++) rig.deposit(RENTER, amount_micros);
  const error = refusal("limit_reached", () => rig.deposit(OTHER, 1));
  assertEquals(error.details, { left_micros: 0 });
  assert(Number.isSafeInteger(rig.money(RENTER)[0]));
});

Deno.test("a welcome credit shrinks to what can still be credited", () => {
  const rig = new Rig({ welcome_credit_micros: 7 });
  const amount_micros = 1_000_000_000 * DOLLAR;
  for (let i = 0; i < 8; i++) rig.deposit(RENTER, amount_micros);
  rig.deposit(RENTER, amount_micros - 3);
  rig.act(OWNER, "gpu.register", registration("g", 1));
  assertEquals(rig.money(OWNER), [3, 0, 0]);
  rig.act(OTHER, "gpu.register", registration("h", 1));
  assertEquals(rig.money(OTHER), [0, 0, 0]);
});

Deno.test("what was earned can be spent, after what is available", () => {
  const rig = new Rig();
  rig.deposit(RENTER, 60_000);
  rig.list("g");
  rig.rent("g", 60);
  rig.pass(60_000);
  assertEquals(rig.money(OWNER), [0, 0, 60_000]);
  rig.deposit(OWNER, 10_000);
  rig.list("h", { owner: OTHER });
  const lease_id = rig.rent("h", 60, OWNER);
  assertEquals(rig.money(OWNER), [0, 60_000, 10_000]);
  rig.pass(20_000);
  rig.act(OWNER, "lease.end", { lease_id });
  assertEquals(
    rig.money(OWNER),
    [40_000, 0, 10_000],
    "a release is available, wherever it came from",
  );
});

Deno.test("the first accepted intent of a stranger is preceded by the welcome credit", () => {
  const rig = new Rig({ welcome_credit_micros: 7 });
  refusal("gpu_not_found", () => rig.act(OWNER, "gpu.deregister", { gpu_id: "g", force: false }));
  assertEquals(rig.money(OWNER), [0, 0, 0], "a refused one brings nothing");
  const from = rig.state.seq + 1;
  rig.act(OWNER, "gpu.register", registration("g", 1));
  assertEquals(rig.types(from), ["wallet.deposited", "gpu.registered"]);
  const [welcome, main] = rig.events.slice(from - 1);
  assertEquals(welcome?.data, { to: OWNER, amount_micros: 7, reason: "welcome" });
  assertEquals([welcome?.intent, main?.intent?.intent.type], [undefined, "gpu.register"]);
  rig.act(OWNER, "gpu.register", registration("h", 1));
  assertEquals(rig.money(OWNER), [7, 0, 0], "once");
});

Deno.test("the welcome credit counts for the intent that brings it, and ids follow its place", () => {
  const rig = new Rig({ welcome_credit_micros: 60_000 });
  rig.list("g");
  const event = rig.act(RENTER, "lease.rent", {
    gpu_id: "g",
    duration_s: 60,
    max_price_micros_per_hour: 3_600_000,
    expected: { verdict: "verified", class: "RTX 3090" },
  });
  assert(event.type === "lease.opened");
  assertEquals(event.data.lease_id, `lease_${event.seq}`);
  assertEquals(rig.money(RENTER), [0, 60_000, 0]);
});

Deno.test("neither the registry nor one that was credited or seen before is welcomed", () => {
  const rig = new Rig();
  rig.act(OWNER, "gpu.register", registration("g", 1));
  rig.act(NODE, "node.settings", { ...rig.state.settings, welcome_credit_micros: 7 });
  rig.act(OWNER, "gpu.register", registration("h", 1));
  rig.deposit(RENTER, 1);
  rig.act(RENTER, "gpu.register", registration("i", 1));
  rig.act(NODE, "gpu.register", registration("j", 1));
  assertEquals([rig.money(OWNER)[0], rig.money(RENTER)[0], rig.money(NODE)[0]], [0, 1, 0]);
});

Deno.test("movements tell each wallet what an event did to it", () => {
  const rig = new Rig({ fee_bps: 1000 });
  rig.deposit(RENTER, 100_000);
  rig.list("g");
  const lease_id = rig.rent("g", 60);
  rig.pass(30_000);
  const event = rig.act(RENTER, "lease.end", { lease_id });
  const { seq, at } = event;
  const frame = { seq, at, type: "lease.ended", ref: lease_id };
  assertEquals(movementsOf(event, present(rig.last_effects ?? undefined).postings), [
    { actor: RENTER, n: 0, movement: { ...frame, account: "held", amount_micros: -60_000 } },
    { actor: OWNER, n: 1, movement: { ...frame, account: "earned", amount_micros: 27_000 } },
    { actor: RENTER, n: 3, movement: { ...frame, account: "available", amount_micros: 30_000 } },
  ]);
});

/** A lease under way whose hold is 60,000, and the frame of the event after it. */
function leased(): { state: MarketState; lease_id: string; frame: Frame } {
  const rig = new Rig();
  rig.deposit(RENTER, 100_000);
  rig.list("g");
  const lease_id = rig.rent("g", 60);
  const frame = { v: 1, seq: rig.state.seq + 1, prev: GENESIS_PREV, at: rig.at } as const;
  return { state: rig.state, lease_id, frame };
}

function refuseEvent(state: MarketState, event: FeedEvent): void {
  const error = assertThrows(() => evolve(state, event), HorizonError);
  assertEquals(error.code, "state_mismatch");
}

for (
  const [what, bill] of [
    ["is not the hold", { cost_micros: 50_000, fee_micros: 0, refund_micros: 10_001 }],
    ["has a fee above the cost", {
      cost_micros: 50_000,
      fee_micros: 50_001,
      refund_micros: 10_000,
    }],
    ["has a negative fee", { cost_micros: 50_000, fee_micros: -1, refund_micros: 10_000 }],
    ["refunds less than nothing", { cost_micros: 60_001, fee_micros: 0, refund_micros: -1 }],
    ["is no integer", { cost_micros: NaN, fee_micros: 0, refund_micros: NaN }],
  ] as const
) {
  Deno.test(`a bill that ${what} stops the state machine`, () => {
    const { state, frame, lease_id } = leased();
    const data = { lease_id, reason: "expired", metered_s: 60, ...bill } as const;
    refuseEvent(state, { ...frame, type: "lease.ended", data });
  });
}

Deno.test("a hold above the money stops the state machine", () => {
  const { state, frame, lease_id } = leased();
  const data = { lease_id, duration_s: 60, hold_micros: 40_001, ends_at: frame.at + 120_000 };
  refuseEvent(state, { ...frame, type: "lease.extended", data });
});

Deno.test("a negative credit or hold stops the state machine", () => {
  const { state, frame, lease_id } = leased();
  const credit = { to: RENTER, amount_micros: -1, reason: "operator" } as const;
  refuseEvent(state, { ...frame, type: "wallet.deposited", data: credit });
  const again = leased();
  const hold = { lease_id, duration_s: 60, hold_micros: -1, ends_at: frame.at + 120_000 };
  refuseEvent(again.state, { ...again.frame, type: "lease.extended", data: hold });
});
