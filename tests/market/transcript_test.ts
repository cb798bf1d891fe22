import { assertEquals } from "@std/assert";
import { type AuctionProblem, recheckAuction } from "../../src/market/market.ts";
import type { AuctionFormat } from "../../src/protocol/auction.ts";
import type { EventData, FeedEvent } from "../../src/protocol/feed.ts";
import { actorId, DOLLAR, MINUTE_MS, NODE, OTHER, present, RENTER, Rig } from "./rig.ts";

const THIRD = actorId("T");

interface Cleared {
  rig: Rig;
  auction_id: string;
  /** Bids of RENTER, OTHER and THIRD: the highest first. */
  bid_ids: string[];
}

/** A cleared auction with three bids, the lowest of which had rested. */
function cleared(format: AuctionFormat = "second-price"): Cleared {
  const rig = new Rig();
  for (const gpu_id of ["g", "h"]) rig.list(gpu_id, { price: 800_000 });
  for (const bidder of [RENTER, OTHER, THIRD]) rig.deposit(bidder, 1_000 * DOLLAR);
  const rested = rig.bid(THIRD, { gpu_id: "g", price_micros_per_hour: 500_000 });
  const auction_id = rig.auction("g", { format, units: format === "uniform" ? 2 : 1 });
  rig.pass(0);
  const bid = (bidder: string, price: number) =>
    format === "english"
      ? rig.bid(bidder, { gpu_id: "g", price_micros_per_hour: price })
      : rig.seal(bidder, auction_id, price);
  const second = bid(OTHER, 600_000);
  const first = bid(RENTER, 700_000);
  rig.pass(10 * MINUTE_MS);
  if (format !== "english") rig.clear(auction_id);
  return { rig, auction_id, bid_ids: [first, second, rested] };
}

function recheck({ rig, auction_id }: Cleared, unsigned: number[] = []): AuctionProblem[] {
  const answer = recheckAuction(rig.events, auction_id, new Set(unsigned));
  return answer.ok ? [] : answer.problems;
}

const kinds = (problems: AuctionProblem[]) =>
  problems.map(({ kind, bid_id }) => bid_id === undefined ? kind : `${kind} ${bid_id}`);

/** Changes the data of an auction's last event of a type, as a forger would. */
function forge<T extends keyof EventData>(
  rig: Rig,
  type: T,
  change: (data: EventData[T], event: FeedEvent) => void,
): FeedEvent {
  const index = rig.events.findLastIndex((event) => event.type === type);
  const event = structuredClone(present(rig.events[index]));
  rig.events[index] = event;
  change(event.data as EventData[T], event);
  return event;
}

for (const format of ["second-price", "first-price", "english", "uniform"] as const) {
  Deno.test(`an honest ${format} auction clears again to the same`, () => {
    assertEquals(recheck(cleared(format)), []);
  });

  Deno.test(`another winner of a ${format} auction is named`, () => {
    const market = cleared(format);
    const [first = "", second = "", third = ""] = market.bid_ids;
    const other = format === "uniform" ? third : second;
    forge(market.rig, "auction.cleared", ({ fills }) => {
      for (const fill of fills) if (fill.bid_id === first) fill.bid_id = other;
    });
    assertEquals(
      kinds(recheck(market)).sort(),
      [
        `wrong_winner ${first}`,
        `wrong_winner ${other}`,
      ].sort(),
    );
  });

  Deno.test(`another price of a ${format} auction is named`, () => {
    const market = cleared(format);
    forge(market.rig, "auction.cleared", (data) => {
      data.price_micros_per_hour = 100_000;
      for (const lease of data.fills.flatMap(({ leases }) => leases)) {
        lease.price_micros_per_hour = 100_000;
        lease.hold_micros = 100_000;
      }
    });
    assertEquals(kinds(recheck(market)), ["wrong_price"]);
  });
}

Deno.test("a bid that isn't what its bidder signed is named", () => {
  const sealed = cleared();
  forge(sealed.rig, "bid.sealed", (data) => data.hold_micros++);
  assertEquals(kinds(recheck(sealed)), [`changed_bid ${sealed.bid_ids[0]}`]);
  const open = cleared("english");
  forge(open.rig, "bid.placed", (data) => data.price_micros_per_hour--);
  assertEquals(kinds(recheck(open)), [`changed_bid ${open.bid_ids[0]}`, "wrong_price"]);
  const stolen = cleared();
  forge(stolen.rig, "bid.sealed", (data) => data.bidder = NODE);
  assertEquals(kinds(recheck(stolen))[0], `changed_bid ${stolen.bid_ids[0]}`);
});

Deno.test("a bid whose signature is wrong is named", () => {
  const market = cleared();
  const { seq } = present(market.rig.events.findLast(({ type }) => type === "bid.sealed"));
  assertEquals(kinds(recheck(market, [seq])), [`changed_bid ${market.bid_ids[0]}`]);
});

Deno.test("a bid that was opened with another price is named, though its signature is right", () => {
  const market = cleared();
  const [, second = ""] = market.bid_ids;
  forge(market.rig, "auction.revealed", ({ openings }) => {
    for (const opening of openings) {
      if (opening.bid_id === second) opening.price_micros_per_hour = 699_999;
    }
  });
  assertEquals(kinds(recheck(market)), [`bad_opening ${second}`, "wrong_price"]);
});

Deno.test("a bid that the registry didn't open is named as left out", () => {
  const market = cleared();
  const [first = "", second = ""] = market.bid_ids;
  forge(market.rig, "auction.revealed", (data) => {
    data.openings = data.openings.filter(({ bid_id }) => bid_id !== first);
  });
  forge(market.rig, "auction.cleared", (data) => {
    data.dropped = [{ bid_id: first, reason: "unopened" }];
    data.price_micros_per_hour = 500_000;
    for (const fill of data.fills) {
      fill.bid_id = second;
      for (const lease of fill.leases) {
        lease.price_micros_per_hour = 500_000;
        lease.hold_micros = 500_000;
      }
    }
  });
  assertEquals(kinds(recheck(market)), [`left_out_bid ${first}`]);
});

Deno.test("a bid that was dropped for no reason is named as left out", () => {
  const market = cleared();
  const [first = ""] = market.bid_ids;
  forge(market.rig, "auction.cleared", (data) => {
    data.dropped = [{ bid_id: first, reason: "cap_exceeded" }];
  });
  assertEquals(kinds(recheck(market)), [`left_out_bid ${first}`]);
});

Deno.test("a bid that was taken out of the feed is named as left out", () => {
  const market = cleared();
  const [first = ""] = market.bid_ids;
  const { events } = market.rig;
  const at = events.findLastIndex(({ type }) => type === "bid.sealed");
  events.splice(at, 1);
  const problems = kinds(recheck(market));
  assertEquals(problems.slice(0, 2), ["left_out_bid", `left_out_bid ${first}`]);
  for (const event of events.slice(at)) event.seq--;
  assertEquals(kinds(recheck(market))[0], `left_out_bid ${first}`, "its opening is still there");
});

Deno.test("a bid that was ended before the close is named as left out", () => {
  const market = cleared("english");
  const [first = ""] = market.bid_ids;
  const clearing = present(market.rig.events.pop());
  const data = { bid_id: first, state: "dropped", reason: "gpu_gone" } as const;
  market.rig.events.push({
    v: 1,
    seq: clearing.seq,
    prev: clearing.prev,
    at: clearing.at,
    type: "bid.ended",
    data,
  }, { ...clearing, seq: clearing.seq + 1 });
  assertEquals(kinds(recheck(market)), [`left_out_bid ${first}`]);
});

Deno.test("a lease on other terms, or on another GPU, is named", () => {
  const longer = cleared();
  forge(longer.rig, "auction.cleared", ({ fills }) => {
    for (const lease of fills.flatMap(({ leases }) => leases)) lease.ends_at++;
  });
  assertEquals(kinds(recheck(longer)), [`wrong_lease ${longer.bid_ids[0]}`]);
  const elsewhere = cleared();
  forge(elsewhere.rig, "auction.cleared", ({ fills }) => {
    for (const lease of fills.flatMap(({ leases }) => leases)) lease.gpu_id = "h";
  });
  assertEquals(kinds(recheck(elsewhere)), [`wrong_lease ${elsewhere.bid_ids[0]}`]);
});

Deno.test("events without the auction's clearing can't be checked, and say so", () => {
  const { rig } = cleared();
  const answer = recheckAuction(rig.events, "auction_9999");
  assertEquals(answer.ok ? [] : kinds(answer.problems), ["not_cleared"]);
});

Deno.test("events that begin after a standing bid was placed lack it", () => {
  const market = cleared();
  const [, , rested = ""] = market.bid_ids;
  const from = market.rig.events.findIndex(({ type }) => type === "auction.started");
  market.rig.events.splice(0, from);
  assertEquals(kinds(recheck(market))[0], `left_out_bid ${rested}`);
});

Deno.test("an auction whose GPU went offline is checked with what was left", () => {
  const rig = new Rig();
  for (const gpu_id of ["g", "h"]) rig.list(gpu_id);
  for (const bidder of [RENTER, OTHER]) rig.deposit(bidder, 1_000 * DOLLAR);
  const auction_id = rig.auction("g", { format: "uniform", units: 2 });
  rig.seal(RENTER, auction_id, 700_000);
  rig.seal(OTHER, auction_id, 600_000);
  rig.liveness("g", false);
  rig.pass(10 * MINUTE_MS);
  const { fills } = rig.clear(auction_id);
  assertEquals(fills.length, 1);
  assertEquals(recheck({ rig, auction_id, bid_ids: [] }), []);
});
