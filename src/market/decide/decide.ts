import { HorizonError } from "../../base/errors.ts";
import { type EventDraft, NETWORK, PROTOCOL_VERSION, RULES_VERSION } from "../../protocol/feed.ts";
import type { Intent, Settings } from "../../protocol/intent.ts";
import { issuableMicros } from "../ledger.ts";
import type { MarketState } from "../state.ts";
import type { Ask } from "./ask.ts";
import * as auctions from "./auctions.ts";
import * as bids from "./bids.ts";
import * as clearings from "./clearings.ts";
import { challenge } from "./complaints.ts";
import * as gpus from "./gpus.ts";
import * as homes from "./homes.ts";
import * as jobs from "./jobs.ts";
import * as leases from "./leases.ts";
import * as node from "./node.ts";
import { attest } from "./statements.ts";

/**
 * What an intent comes to: events in order, of which the last is the main one and carries the intent,
 * or the refusal, whose `details` are small JSON.
 */
export type Decision = { events: EventDraft[] } | { refused: HorizonError };

/** The first event of a registry's feed. */
export function genesis(node: string, settings: Settings): EventDraft {
  const versions = { network: NETWORK, protocol: PROTOCOL_VERSION, rules: RULES_VERSION };
  return { type: "genesis", data: { node, ...versions, settings } };
}

/**
 * Decides a validated intent at a time ≥ `state.at`, after everything `due` by then has happened (but
 * for `node.gap`, which comes first). Draft i gets seq `state.seq + 1 + i`, all get `at`. The state is
 * not changed. Refusals come in this order: input, existence, permission, state, price, money.
 */
export function decide(state: MarketState, intent: Intent, at: number): Decision {
  const welcome_micros = welcomeMicros(state, intent.actor);
  const welcome: EventDraft[] = welcome_micros === 0 ? [] : [{
    type: "wallet.deposited",
    data: { to: intent.actor, amount_micros: welcome_micros, reason: "welcome" },
  }];
  const seq = state.seq + 1 + welcome.length;
  try {
    const drafts = draft({ state, actor: intent.actor, at, seq, welcome_micros }, intent);
    return { events: [...welcome, ...drafts] };
  } catch (thrown) {
    if (!(thrown instanceof HorizonError) || thrown.code === "state_mismatch") throw thrown;
    return { refused: thrown };
  }
}

/** What an actor that this registry has never seen is given by its first accepted intent. */
function welcomeMicros(state: MarketState, actor: string): number {
  if (actor === state.node || state.accounts.has(actor)) return 0;
  return Math.min(state.settings.welcome_credit_micros, issuableMicros(state));
}

function draft(ask: Ask, intent: Intent): EventDraft[] {
  switch (intent.type) {
    case "gpu.register":
      return gpus.register(ask, intent.body);
    case "gpu.update":
      return gpus.update(ask, intent.body);
    case "gpu.offer":
      return gpus.offer(ask, intent.body);
    case "gpu.deregister":
      return gpus.deregister(ask, intent.body);
    case "gpu.leave":
      return homes.leave(ask, intent.body);
    case "gpu.move_refuse":
      return homes.refuseMove(ask, intent.body);
    case "gpu.challenge":
      return challenge(ask, intent.body);
    case "gpu.judge":
      return gpus.judge(ask, intent.body);
    case "gpu.liveness":
      return gpus.liveness(ask, intent.body);
    case "lease.rent":
      return leases.rent(ask, intent.body);
    case "lease.end":
      return leases.end(ask, intent.body);
    case "lease.extend":
      return leases.extend(ask, intent.body);
    case "job.submit":
      return jobs.submit(ask, intent.body);
    case "job.claim":
      return jobs.claim(ask, intent.body);
    case "job.start":
      return jobs.start(ask, intent.body);
    case "job.checkpoint":
      return jobs.checkpoint(ask, intent.body);
    case "job.attest":
      return attest(ask, intent.body);
    case "job.finish":
      return jobs.finish(ask, intent.body);
    case "job.cancel":
      return jobs.cancel(ask, intent.body);
    case "job.lose":
      return jobs.lose(ask, intent.body);
    case "auction.start":
      return auctions.start(ask, intent.body);
    case "auction.end":
      return auctions.end(ask, intent.body);
    case "bid.place":
      return bids.place(ask, intent.body);
    case "bid.bulk":
      return bids.placeBulk(ask, intent.body);
    case "bid.seal":
      return bids.seal(ask, intent.body);
    case "bid.cancel":
      return bids.cancel(ask, intent.body);
    case "auction.reveal":
      return clearings.reveal(ask, intent.body);
    case "auction.clear":
      return clearings.clear(ask, intent.body);
    case "market.clear":
      return clearings.round(ask);
    case "wallet.deposit":
      return node.deposit(ask, intent.body);
    case "node.settings":
      return node.changeSettings(ask, intent.body);
    case "node.gap":
      return node.gap(ask, intent.body);
  }
}
