import { assert, assertEquals } from "@std/assert";
import { deserialize, serialize, stateHash } from "../../src/market/market.ts";
import type { IntentBody } from "../../src/protocol/intent.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import {
  actorId,
  auctionOf,
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

const ELSEWHERE = actorId("E");
const departure = { gpu_id: "g", to: ELSEWHERE, home_epoch: 2 };

function arrival(home_epoch: number, left_seq: number | null): IntentBody<"gpu.register"> {
  return { ...registration("g", 1), moved: { from: ELSEWHERE, home_epoch, left_seq } };
}

/** A market that a GPU has left. */
function departed(): Rig {
  const rig = new Rig();
  rig.list("g");
  rig.act(OWNER, "gpu.leave", departure);
  return rig;
}

Deno.test("a GPU that left is gone, and every intent says where to", () => {
  const rig = new Rig();
  rig.list("g");
  rig.pass(1000);
  const { seq } = rig.act(OWNER, "gpu.leave", departure);
  assertEquals(rig.last_effects?.changed_gpus, ["g"]);
  assertEquals([...rig.state.departures.values()], [
    { gpu_id: "g", owner: OWNER, to: ELSEWHERE, home_epoch: 2, left_at: rig.at, seq },
  ]);
  const error = refusal("gpu_moved", () => rig.act(RENTER, "lease.rent", rental("g", 60)));
  assertEquals(error.details, { to: ELSEWHERE, home_epoch: 2, seq });
  assertEquals(error.fix, `Name it there: g@${ELSEWHERE}`);
  refusal("gpu_moved", () => rig.act(OWNER, "auction.start", auctionOf("g")));
  refusal("gpu_moved", () => rig.act(NODE, "gpu.judge", judgement("g", verdictOf("verified"))));
  refusal("gpu_moved", () => rig.act(OWNER, "gpu.leave", { ...departure, home_epoch: 3 }));
});

Deno.test("only its owner moves a GPU, to another registry, and to its next home", () => {
  const rig = new Rig();
  rig.list("g");
  const leave = (actor: string, changes: Partial<IntentBody<"gpu.leave">>) =>
    rig.act(actor, "gpu.leave", { ...departure, ...changes });
  refusal("invalid_input", () => leave(OWNER, { to: NODE }));
  refusal("gpu_not_found", () => leave(OWNER, { gpu_id: "none" }));
  refusal("forbidden", () => leave(OTHER, {}));
  refusal("forbidden", () => leave(NODE, {}));
  refusal("home_epoch_stale", () => leave(OWNER, { home_epoch: 1 }));
  refusal("home_epoch_stale", () => leave(OWNER, { home_epoch: 3 }));
  assertEquals(rig.gpu("g").home_epoch, 1);
});

Deno.test("a GPU that is leased or on auction can't leave", () => {
  const rig = new Rig();
  rig.deposit(RENTER, 100 * DOLLAR);
  for (const gpu_id of ["g", "h"]) rig.list(gpu_id);
  rig.rent("g", 60);
  refusal("gpu_leased", () => rig.act(OWNER, "gpu.leave", departure));
  rig.auction("h");
  refusal("gpu_on_auction", () => rig.act(OWNER, "gpu.leave", { ...departure, gpu_id: "h" }));
  rig.pass(60_000);
  rig.act(OWNER, "gpu.leave", departure);
});

Deno.test("bids that rest on a GPU that leaves are dropped, and their money is free again", () => {
  const rig = new Rig();
  rig.deposit(RENTER, 10 * DOLLAR);
  rig.list("g", { price: 5 * DOLLAR });
  const bid_id = rig.bid(RENTER, { gpu_id: "g" });
  rig.act(OWNER, "gpu.leave", departure);
  rig.pass(0);
  assertEquals([rig.bidView(bid_id).state, rig.bidView(bid_id).reason], ["dropped", "gpu_gone"]);
  assertEquals(rig.money(RENTER), [10 * DOLLAR, 0, 0]);
});

Deno.test("what has left comes back by its owner only, and to a later home", () => {
  const rig = departed();
  refusal("gpu_exists", () => rig.act(OTHER, "gpu.register", registration("g", 1)));
  refusal("gpu_exists", () => rig.act(OTHER, "gpu.register", arrival(3, 1)));
  refusal("gpu_moved", () => rig.act(OWNER, "gpu.register", registration("g", 1)));
  refusal("home_epoch_stale", () => rig.act(OWNER, "gpu.register", arrival(2, 1)));
  rig.act(OWNER, "gpu.register", arrival(3, 1));
  assertEquals([rig.gpu("g").home_epoch, rig.gpu("g").status], [3, "unproven"]);
  assertEquals(rig.state.departures.size, 0);
  assertEquals(rig.state.gpu_counts.get(OWNER), 1);
});

Deno.test("an orderly arrival is listed as soon as it is proven; a second one is refused", () => {
  const rig = new Rig();
  rig.act(OWNER, "gpu.register", arrival(2, 9));
  assertEquals([rig.gpu("g").home_epoch, rig.gpu("g").arrives_at], [2, null]);
  rig.act(NODE, "gpu.judge", judgement("g", verdictOf("verified")));
  rig.liveness("g", true);
  assertEquals(rig.gpu("g").available, true);
  refusal("home_epoch_stale", () => rig.act(OWNER, "gpu.register", arrival(2, 9)));
  refusal("home_epoch_stale", () => rig.act(OWNER, "gpu.register", arrival(2, null)));
  rig.act(OWNER, "gpu.register", registration("g", 5));
  assertEquals(rig.gpu("g").home_epoch, 2, "registering again is no move");
});

Deno.test("a GPU can't come from the registry it comes to", () => {
  const rig = new Rig();
  const moved = { from: NODE, home_epoch: 2, left_seq: null };
  refusal(
    "invalid_input",
    () => rig.act(OWNER, "gpu.register", { ...registration("g", 1), moved }),
  );
});

Deno.test("a GPU whose old home is gone waits, whatever its verdict, and then is what it says", () => {
  const rig = new Rig({ move_wait_ms: HOUR_MS });
  rig.deposit(RENTER, 10 * DOLLAR);
  rig.act(OWNER, "gpu.register", arrival(2, null));
  const arrives_at = rig.at + HOUR_MS;
  const judged = rig.act(NODE, "gpu.judge", judgement("g", verdictOf("verified")));
  assertEquals(judged.type === "gpu.judged" && judged.data.listed, false);
  rig.liveness("g", true);
  const { status, arrives_at: shown, available } = rig.gpu("g");
  assertEquals([status, shown, available], ["moving", arrives_at, false]);
  refusal("gpu_not_listed", () => rig.act(RENTER, "lease.rent", rental("g", 60)));
  refusal("gpu_not_listed", () => rig.act(OWNER, "auction.start", auctionOf("g")));
  const bid_id = rig.bid(RENTER, { gpu_id: "g" });
  assertEquals(rig.pass(HOUR_MS - 1), []);
  assertEquals(rig.pass(1).map(({ type, at }) => [type, at]), [
    ["gpu.arrived", arrives_at],
    ["bid.filled", arrives_at],
  ]);
  assertEquals([rig.gpu("g").status, rig.bidView(bid_id).state], ["listed", "filled"]);
});

Deno.test("without a setting the wait is a day, and an unproven GPU is unproven after it", () => {
  const rig = new Rig();
  rig.act(OWNER, "gpu.register", arrival(2, null));
  assertEquals(rig.gpu("g").arrives_at, rig.at + LIMITS.move_wait_ms);
  rig.pass(LIMITS.move_wait_ms);
  assertEquals(rig.gpu("g").status, "unproven");
});

Deno.test("the wait can't be cut short by registering again, nor by other settings", () => {
  const rig = new Rig({ move_wait_ms: HOUR_MS });
  rig.act(OWNER, "gpu.register", arrival(2, null));
  const arrives_at = rig.at + HOUR_MS;
  rig.pass(1000);
  rig.act(OWNER, "gpu.register", registration("g", 1));
  refusal("home_epoch_stale", () => rig.act(OWNER, "gpu.register", arrival(2, null)));
  rig.act(NODE, "gpu.judge", judgement("g", verdictOf("verified")));
  rig.act(NODE, "node.settings", { ...rig.state.settings, move_wait_ms: 0 });
  assertEquals([rig.gpu("g").arrives_at, rig.gpu("g").status], [arrives_at, "moving"]);
});

Deno.test("the wait ends early when the old home lets the GPU go after all", () => {
  const rig = new Rig();
  rig.act(OWNER, "gpu.register", arrival(2, null));
  rig.act(OWNER, "gpu.register", arrival(2, 9));
  assertEquals([rig.gpu("g").arrives_at, rig.gpu("g").status], [null, "unproven"]);
  assertEquals(rig.pass(2 * LIMITS.move_wait_ms), [], "the lifted wait comes to nothing");
});

Deno.test("downtime of the registry lengthens the wait", () => {
  const rig = new Rig({ move_wait_ms: HOUR_MS });
  rig.act(OWNER, "gpu.register", arrival(2, null));
  const from = rig.at;
  rig.at += 2 * HOUR_MS;
  rig.act(NODE, "node.gap", { from, to: rig.at });
  assertEquals(rig.pass(HOUR_MS - 1), []);
  assertEquals(rig.pass(1).map(({ type }) => type), ["gpu.arrived"]);
});

Deno.test("the registry refuses a move while it waits, and the GPU may come in order later", () => {
  const rig = new Rig();
  const refuse = (actor: string) =>
    rig.act(actor, "gpu.move_refuse", { gpu_id: "g", reason: "its old home is alive" });
  refusal("gpu_not_found", () => refuse(NODE));
  rig.act(OWNER, "gpu.register", arrival(2, null));
  refusal("forbidden", () => refuse(OWNER));
  refuse(NODE);
  assertEquals([rig.state.gpus.size, rig.state.gpu_counts.size], [0, 0]);
  assertEquals(rig.pass(2 * LIMITS.move_wait_ms), []);
  rig.act(OWNER, "gpu.register", arrival(2, 9));
  refusal("gpu_not_moving", () => refuse(NODE));
});

Deno.test("several moves that end at one time end in the order in which they began", () => {
  const rig = new Rig({ move_wait_ms: HOUR_MS });
  for (const gpu_id of ["z", "b", "m"]) {
    rig.act(OWNER, "gpu.register", { ...arrival(2, null), gpu_id });
  }
  const copy = deserialize(serialize(rig.state));
  const order = rig.pass(HOUR_MS).map(({ data }) => "gpu_id" in data ? data.gpu_id : null);
  assertEquals(order, ["z", "b", "m"]);
  rig.at -= HOUR_MS;
  rig.state = copy;
  assertEquals(
    rig.pass(HOUR_MS).map(({ data }) => "gpu_id" in data ? data.gpu_id : null),
    order,
    "from a snapshot too",
  );
});

Deno.test("the earliest departure is forgotten beyond the limit, in a snapshot too", () => {
  const rig = new Rig();
  rig.watches_state = false;
  rig.list("g");
  for (let i = 0; i < LIMITS.departures; i++) {
    const gpu_id = `old-${i}`;
    const record = { gpu_id, owner: OTHER, to: ELSEWHERE, home_epoch: 2, left_at: 1, seq: 1 };
    rig.state.departures.set(gpu_id, record);
  }
  rig.act(OWNER, "gpu.leave", departure);
  assertEquals(rig.state.departures.size, LIMITS.departures);
  assert(rig.state.departures.has("g") && !rig.state.departures.has("old-0"));
});

Deno.test("a snapshot keeps homes, waits and departures, and one of version 2 is read", () => {
  const rig = departed();
  rig.act(OWNER, "gpu.register", { ...arrival(4, null), gpu_id: "h" });
  assertEquals(stateHash(deserialize(serialize(rig.state))), stateHash(rig.state));
  const older = new Rig();
  older.list("g");
  const form = JSON.parse(new TextDecoder().decode(serialize(older.state)));
  const { departures: _none, ...rest } = form;
  const gpus = form.gpus.map((gpu: Record<string, unknown>) => {
    const { home_epoch: _home, arrival: _wait, ...known } = gpu;
    return known;
  });
  const bytes = new TextEncoder().encode(JSON.stringify({ ...rest, version: 2, gpus }));
  assertEquals(stateHash(deserialize(bytes)), stateHash(older.state));
});
