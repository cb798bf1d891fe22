import { sha256Hex } from "../../src/base/hash.ts";
import { emptyState, type MarketState, Redecider, stateHash } from "../../src/market/market.ts";
import type { FeedEvent } from "../../src/protocol/feed.ts";
import { GENESIS_PREV } from "../../src/protocol/feed.ts";
import { EMPTY_HEAD } from "../../src/store/checkpoint.ts";
import { type FinalFeed, type Outcome, statesOf } from "./outcome.ts";

/** What must hold after every run; each gives what contradicts it. */
export const INVARIANTS: Readonly<Record<string, (outcome: Outcome) => string[]>> = {
  "nothing fails that no fault explains": ({ failures }) => [...failures],
  "every feed is one chain up to its signed head": ({ feeds }) => feeds.flatMap(brokenLinks),
  "every event follows from its intent when it is decided again": ({ feeds }) =>
    feeds.flatMap(falseEvents),
  "every replica equals its home's state": unequalReplicas,
  "no honest registry is convicted": ({ convictions }) => [...convictions],
  "nothing acknowledged is lost": lostAnswers,
  "no intent is carried out twice": ({ feeds }) => feeds.flatMap(repeatedIntents),
  "no GPU has two leases at one time": ({ feeds }) => feeds.flatMap(doubleLeases),
  "a GPU that moves leaves free of leases and arrives once, where it was sent": wrongMoves,
  "every ledger sums to zero and no account is negative": ({ feeds }) => feeds.flatMap(wrongSums),
  "every job is over": ({ feeds }) => feeds.flatMap(openJobs),
};

/** All that contradicts the invariants, with their names. */
export function contradictions(outcome: Outcome): string[] {
  return Object.entries(INVARIANTS).flatMap(([name, check]) =>
    check(outcome).map((what) => `${name}: ${what}`)
  );
}

function brokenLinks({ name, texts, events, head }: FinalFeed): string[] {
  let prev = GENESIS_PREV;
  for (const [i, text] of texts.entries()) {
    const event = events[i];
    if (event?.prev !== prev || event.seq !== i + 1) return [`${name} at event ${i + 1}`];
    prev = sha256Hex(text);
  }
  if (head?.seq === texts.length && head.hash === prev) return [];
  return [`${name}: its head is event ${head?.seq}, its last one ${texts.length}`];
}

function falseEvents({ name, node_id, texts }: FinalFeed): string[] {
  try {
    new Redecider(node_id, emptyState(), EMPTY_HEAD).take(texts);
    return [];
  } catch (thrown) {
    return [`${name}: ${thrown instanceof Error ? thrown.message : thrown}`];
  }
}

function unequalReplicas({ feeds, replicas }: Outcome): string[] {
  const states = new Map(feeds.map(({ name, events }) => [name, finalState(events)]));
  return replicas.flatMap(({ at, of, held }) => {
    const state = states.get(of);
    if (held === null || state === undefined) return [`${at} has never heard of ${of}`];
    const { seq, trust, reason } = held;
    if (trust !== "checked") return [`${at} holds ${of} for ${trust}: ${reason}`];
    if (seq !== state.seq) return [`${at} has ${of} up to event ${seq} of ${state.seq}`];
    return held.state === stateHash(state) ? [] : [`${at} has another state of ${of}`];
  });
}

function finalState(events: readonly FeedEvent[]): MarketState {
  let last = emptyState();
  for (const [, state] of statesOf(events)) last = state;
  return last;
}

function lostAnswers({ feeds, acknowledged }: Outcome): string[] {
  const feedOf = new Map(feeds.map((feed) => [feed.name, feed]));
  return acknowledged.flatMap(({ host, intent_id, type, seq, ok }) => {
    const event = feedOf.get(host)?.events[seq - 1];
    const isThere = event?.intent?.intent.id === intent_id;
    if (isThere && ok === (event.type !== "intent.rejected")) return [];
    return [`${type} ${intent_id} was answered at ${host} with event ${seq}, which isn't it`];
  });
}

function repeatedIntents({ name, events }: FinalFeed): string[] {
  const ids = events.flatMap(({ intent }) =>
    intent === undefined ? [] : [`${intent.intent.actor} ${intent.intent.id}`]
  );
  const once = new Set(ids);
  return once.size === ids.length ? [] : [`${name}: ${ids.length - once.size} intents`];
}

/** From the events alone: what opened, and what ended. */
function doubleLeases({ name, events }: FinalFeed): string[] {
  const leased = new Map<string, string>();
  const wrong: string[] = [];
  for (const event of events) {
    for (const { gpu_id, lease_id } of openings(event)) {
      const held = leased.get(gpu_id);
      if (held !== undefined) wrong.push(`${name}: ${gpu_id} by ${held} and ${lease_id}`);
      leased.set(gpu_id, lease_id);
    }
    if (event.type !== "lease.ended") continue;
    for (const [gpu_id, lease_id] of leased) {
      if (lease_id === event.data.lease_id) leased.delete(gpu_id);
    }
  }
  return wrong;
}

/** Each arrival is by a departure of its own, for that very home, from a GPU that nobody had leased. */
function wrongMoves({ feeds }: Outcome): string[] {
  const used = new Set<string>();
  const arrivals = feeds.flatMap((feed) =>
    feed.events.flatMap((event) => {
      if (event.type !== "gpu.registered" || event.data.moved === undefined) return [];
      const { gpu_id, owner, moved } = event.data;
      const from = feeds.find(({ node_id }) => node_id === moved.from);
      const left = from?.events[(moved.left_seq ?? 0) - 1];
      const place = `${moved.from} ${moved.left_seq}`;
      const isFirst = !used.has(place);
      used.add(place);
      if (
        isFirst && left?.type === "gpu.left" && left.data.gpu_id === gpu_id &&
        left.data.owner === owner && left.data.to === feed.node_id &&
        left.data.home_epoch === moved.home_epoch
      ) return [];
      return [`${gpu_id} came to ${feed.name} by event ${event.seq}`];
    })
  );
  return [...arrivals, ...feeds.flatMap(leasedDepartures)];
}

function leasedDepartures({ name, events }: FinalFeed): string[] {
  const live = new Map<string, string>();
  const wrong: string[] = [];
  for (const event of events) {
    for (const { gpu_id, lease_id } of openings(event)) live.set(lease_id, gpu_id);
    if (event.type === "lease.ended") live.delete(event.data.lease_id);
    if (event.type !== "gpu.left") continue;
    if ([...live.values()].includes(event.data.gpu_id)) {
      wrong.push(`${name}: ${event.data.gpu_id} left with a lease, by event ${event.seq}`);
    }
  }
  return wrong;
}

function openings(event: FeedEvent): { gpu_id: string; lease_id: string }[] {
  switch (event.type) {
    case "lease.opened":
      return [event.data];
    case "bid.filled":
      return event.data.leases;
    case "auction.cleared":
      return event.data.fills.flatMap(({ leases }) => leases);
    default:
      return [];
  }
}

function wrongSums(feed: FinalFeed): string[] {
  try {
    return sumsOf(feed);
  } catch (thrown) {
    // The market itself refuses an event that would overdraw.
    return [`${feed.name}: ${thrown instanceof Error ? thrown.message : thrown}`];
  }
}

function sumsOf({ name, events }: FinalFeed): string[] {
  for (const [{ seq }, state] of statesOf(events)) {
    let sum_micros = state.fees_micros + state.issuance_micros;
    for (const account of state.accounts.values()) {
      const amounts = [account.available_micros, account.held_micros, account.earned_micros];
      if (amounts.some((micros) => micros < 0)) return [`${name}: negative at event ${seq}`];
      sum_micros += amounts.reduce((a, b) => a + b);
    }
    if (sum_micros !== 0) return [`${name}: ${sum_micros} at event ${seq}`];
  }
  return [];
}

function openJobs({ name, events }: FinalFeed): string[] {
  const open = new Set<string>();
  for (const event of events) {
    if (event.type === "job.submitted") open.add(event.data.job_id);
    if (event.type === "job.ended") open.delete(event.data.job_id);
  }
  return [...open].map((job_id) => `${name}: ${job_id}`);
}
