import type { FeedEvent } from "../../protocol/feed.ts";
import { type Effects, noEffects } from "../effects.ts";
import { accountOf, depositPostings, post } from "../ledger.ts";
import { mismatch } from "../records.ts";
import type { MarketState } from "../state.ts";
import { archived } from "./archive.ts";
import * as auctions from "./auctions.ts";
import { gpuExpired } from "./badges.ts";
import * as bids from "./bids.ts";
import * as complaints from "./complaints.ts";
import * as gpus from "./gpus.ts";
import * as homes from "./homes.ts";
import * as jobs from "./jobs.ts";
import * as leases from "./leases.ts";

/**
 * Changes the state by the next event and returns what changed. Throws `state_mismatch` for an event
 * that can't follow, or whose postings don't balance; the state is then to be thrown away.
 */
export function evolve(state: MarketState, event: FeedEvent): Effects {
  checkFollows(state, event);
  const effects = noEffects();
  state.seq = event.seq;
  state.at = event.at;
  apply(state, event, effects);
  post(state, effects.postings);
  remember(state, event);
  return effects;
}

function checkFollows(state: MarketState, { seq, at, type }: FeedEvent): void {
  if (seq !== state.seq + 1) throw mismatch(`event ${seq} comes after event ${state.seq}`);
  if (at < state.at) throw mismatch(`event ${seq} is older than the one before it`);
  if ((seq === 1) !== (type === "genesis")) throw mismatch(`event ${seq} is ${type}`);
}

/** Its actor is known from now on, and an intent of that id answered. */
function remember(state: MarketState, event: FeedEvent): void {
  if (event.intent !== undefined) {
    const { intent } = event.intent;
    state.intents.add(intent, event.seq);
    if (event.type !== "intent.rejected" && intent.actor !== state.node) {
      accountOf(state, intent.actor);
    }
  }
  state.intents.sweep(event.at);
}

function apply(state: MarketState, event: FeedEvent, effects: Effects): void {
  const { at } = event;
  switch (event.type) {
    case "genesis":
      state.node = event.data.node;
      state.settings = event.data.settings;
      return;
    case "tick":
    case "intent.rejected":
      return;
    case "settings.changed":
      return gpus.settingsChanged(state, event.data, at, effects);
    case "gap":
      return leases.gap(state, event.data, effects);
    case "wallet.deposited":
      effects.postings = depositPostings(event.data.to, event.data.amount_micros);
      return;
    case "gpu.registered":
      return gpus.gpuRegistered(state, event.data, event, effects);
    case "gpu.updated":
      return gpus.gpuUpdated(state, event.data, effects);
    case "gpu.offered":
      return gpus.gpuOffered(state, event.data, effects);
    case "gpu.deregistered":
      return gpus.gpuDeregistered(state, event.data, effects);
    case "gpu.left":
      return homes.gpuLeft(state, event.data, event, effects);
    case "gpu.arrived":
      return homes.gpuArrived(state, event.data, effects);
    case "gpu.move_refused":
      return homes.moveRefused(state, event.data, effects);
    case "gpu.judged":
      return gpus.gpuJudged(state, event.data, at, effects);
    case "gpu.expired":
      return gpuExpired(state, event.data, effects);
    case "gpu.challenged":
      return complaints.gpuChallenged(state, event.data, event, effects);
    case "gpu.challenge_lapsed":
      return complaints.challengeLapsed(state, event.data, effects);
    case "gpu.online":
      return gpus.gpuOnline(state, event.data, at, effects);
    case "gpu.offline":
      return gpus.gpuOffline(state, event.data, at, effects);
    case "lease.opened":
      return leases.leaseOpened(state, event.data, at, effects);
    case "lease.extended":
      return leases.leaseExtended(state, event.data, effects);
    case "lease.ended":
      return leases.leaseEnded(state, event.data, event, effects);
    case "job.submitted":
      return jobs.jobSubmitted(state, event.data, at, effects);
    case "job.assigned":
      return jobs.jobAssigned(state, event.data, effects);
    case "job.started":
      return jobs.jobStarted(state, event.data, at, effects);
    case "job.requeued":
      return jobs.jobRequeued(state, event.data, at, effects);
    case "job.checkpointed":
      return jobs.jobCheckpointed(state, event.data, effects);
    case "job.attested":
      return jobs.jobAttested(state, event.data, at, effects);
    case "job.ended":
      return jobs.jobEnded(state, event.data, event, effects);
    case "archived":
      return archived(state, event.data, effects);
    default:
      return applyTrade(state, event, effects);
  }
}

type TradeEvent = Extract<
  FeedEvent,
  { type: `${"auction" | "bid" | "bids" | "market"}.${string}` }
>;

/** Auctions, bids and clearings. */
function applyTrade(state: MarketState, event: TradeEvent, effects: Effects): void {
  const { at } = event;
  switch (event.type) {
    case "auction.started":
      return auctions.auctionStarted(state, event.data, at, effects);
    case "auction.extended":
      return auctions.auctionExtended(state, event.data, effects);
    case "auction.closed":
      return auctions.auctionClosed(state, event.data, effects);
    case "auction.revealed":
      return auctions.auctionRevealed(state, event.data, effects);
    case "auction.cleared":
      return auctions.auctionCleared(state, event.data, event, effects);
    case "auction.cancelled":
      return auctions.auctionCancelled(state, event.data, event, effects);
    case "bids.placed":
      return bids.bidsPlaced(state, event, effects);
    case "bid.placed":
      return bids.bidPlaced(state, event.data, at, effects);
    case "bid.sealed":
      return bids.bidSealed(state, event.data, at, effects);
    case "bid.entered":
      return bids.bidEntered(state, event.data, effects);
    case "bid.filled":
      return bids.bidFilled(state, event.data, event, effects);
    case "bid.ended":
      return bids.bidEnded(state, event.data, event, effects);
    case "market.cleared":
      return;
    default:
      throw unknownType(event);
  }
}

/** Rules of a newer version: the compiler sees that this version's are all handled. */
function unknownType(event: never): Error {
  return mismatch(`this version doesn't know the event ${JSON.stringify(event).slice(0, 120)}`);
}
