import type { FeedBatch } from "../../src/protocol/feed_lines.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { chained, eventsOf, isObject, type LyingPeer, type Told } from "./lying_peer.ts";

/** What the liar shows from its honest past on: the honest commits, and the one that holds the lie. */
export interface ToldLie {
  honest: FeedBatch[];
  lie: FeedBatch;
  /** What the message must name. */
  named: RegExp;
}

export type TellLie = (peer: LyingPeer) => Promise<ToldLie>;

const named = (seq: number) => new RegExp(`[Ee]vent ${seq}\\b`);

/** Changes the last event of a type that satisfies the condition; the commit is chained and signed anew. */
function edit(
  type: string,
  change: (event: Told, data: Record<string, unknown>, peer: LyingPeer) => void,
  fits: (event: Told) => boolean = () => true,
): TellLie {
  return async (peer) => {
    const { at, events, after, honest } = place(peer, type, fits);
    const event = events[at];
    if (event === undefined || !isObject(event.data)) throw new Error(`no ${type}`);
    change(event, event.data, peer);
    const texts = chained(events.map((one) => ({ ...one })), after);
    const lie = { texts, checkpoint: await peer.sign(texts, after.seq + texts.length) };
    return { honest, lie, named: named(event.seq) };
  };
}

/** Leaves the last event of a type out; all after it in its commit move up. */
function leaveOut(type: string): TellLie {
  return async (peer) => {
    const { at, events, after, honest } = place(peer, type, () => true);
    const next = eventsOf(peer.feed.slice(honest.length + 1));
    const rest = [...events.slice(at + 1), ...next].map(({ seq: _, ...event }) => event);
    const texts = chained(
      [...events.slice(0, at), ...rest].map(({ seq: _, ...one }) => one),
      after,
    );
    const lie = { texts, checkpoint: await peer.sign(texts, after.seq + texts.length) };
    return { honest, lie, named: named(events[at]?.seq ?? 0) };
  };
}

function place(peer: LyingPeer, type: string, fits: (event: Told) => boolean) {
  const index = peer.feed.findLastIndex((batch) =>
    eventsOf([batch]).some((event) => event.type === type && fits(event))
  );
  const batch = peer.feed[index];
  if (batch === undefined) throw new Error(`the feed has no ${type}`);
  const events = eventsOf([batch]);
  const at = events.findLastIndex((event) => event.type === type && fits(event));
  const honest = peer.feed.slice(0, index);
  const after = honest.at(-1)?.checkpoint;
  if (after === undefined) throw new Error("it is the first commit");
  return { at, events, after, honest };
}

/** Adds events after the honest feed. */
function add(
  make: (peer: LyingPeer) => Record<string, unknown>[],
  changes: { seq?: number; epoch?: number } = {},
): TellLie {
  return async (peer) => {
    const after = peer.feed.at(-1)?.checkpoint;
    if (after === undefined) throw new Error("the feed is empty");
    const moved = changes.seq === undefined ? {} : { seq: after.seq + changes.seq };
    const lie = await peer.commit(make(peer), after, { ...changes, ...moved });
    return { honest: peer.feed, lie, named: named(moved.seq ?? after.seq + 1) };
  };
}

function last(peer: LyingPeer, type: string): Told {
  const event = eventsOf(peer.feed).findLast((one) => one.type === type);
  if (event === undefined) throw new Error(`the feed has no ${type}`);
  return event;
}

const tick = (peer: LyingPeer, later_ms = 1) => ({
  at: (eventsOf(peer.feed).at(-1)?.at ?? 0) + later_ms,
  data: {},
  type: "tick",
  v: 1,
});

function withoutSeq({ seq: _, ...event }: Told): Record<string, unknown> {
  return event;
}

const isOperators = ({ data }: Told) => isObject(data) && data.reason === "operator";

/** The lies about what the market does, each told on a feed that has it all. */
export const LIES: Record<string, TellLie> = {
  "an auction cleared at another price": edit("auction.cleared", (_event, data) => {
    data.price_micros_per_hour = Number(data.price_micros_per_hour) + 1;
  }),
  "an auction won by a lower bid": edit("auction.cleared", (_event, data, peer) => {
    const [fill] = Array.isArray(data.fills) ? data.fills : [];
    const bids = eventsOf(peer.feed).filter(({ type }) => type === "bid.sealed");
    const loser = bids.map(({ seq }) => `bid_${seq}`).find((bid_id) => bid_id !== fill.bid_id);
    if (loser === undefined) throw new Error("there is no lower bid");
    fill.bid_id = loser;
  }),
  "a deposit that the node signed no intent for": edit("wallet.deposited", (event) => {
    delete event.intent;
  }),
  "a deposit of more than was signed": edit("wallet.deposited", (_event, data) => {
    data.amount_micros = Number(data.amount_micros) + 1_000_000;
  }, isOperators),
  "a deposit to somebody else": edit("wallet.deposited", (event, data) => {
    data.to = isObject(event.intent) && isObject(event.intent.intent)
      ? event.intent.intent.actor
      : "";
  }, isOperators),
  "a hold that doesn't fit the lease": edit("lease.opened", (_event, data) => {
    data.hold_micros = Number(data.hold_micros) - 1;
  }),
  "a lease that nobody asked for": edit("lease.opened", (event) => {
    delete event.intent;
  }),
  "an intent with another's signature": edit("lease.opened", (event) => {
    const { intent } = event;
    if (!isObject(intent)) throw new Error("no intent");
    const sig = String(intent.sig);
    intent.sig = (sig.startsWith("A") ? "B" : "A") + sig.slice(1);
  }),
  "a verdict that the node didn't give": edit("gpu.judged", (_event, data) => {
    if (isObject(data.verdict)) data.verdict.class = "H100";
  }),
  "a lease that ends later than it must": leaveOut("lease.ended"),
  "an intent that was answered before": add((peer) => [
    { ...withoutSeq(last(peer, "wallet.deposited")), at: tick(peer).at },
  ]),
  "an intent that had expired": add((peer) => [
    {
      ...withoutSeq(last(peer, "wallet.deposited")),
      at: tick(peer).at + LIMITS.intent_life_ms + LIMITS.intent_memory_ms,
    },
  ]),
  "time that goes back": add((peer) => [tick(peer, -1_000)]),
  "an event of another seq than its checkpoint's": add((peer) => [{ ...tick(peer), seq: 9_999 }]),
  "a checkpoint of a higher seq than its event's": add((peer) => [tick(peer)], { seq: 2 }),
};
