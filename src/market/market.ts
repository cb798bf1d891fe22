/** The market's state machine (DESIGN §4): pure, deterministic, and all that others may use of it. */
export { type Account, emptyState, type Gpu, isFree, isOnline, type Job } from "./state.ts";
export type { Auction, Bid, Complaint, Departure, Lease, MarketState } from "./state.ts";
export { findGpu } from "./decide/ask.ts";
export { decide, type Decision, genesis } from "./decide/decide.ts";
export { type Due, due, nextDeadline } from "./due.ts";
export { evolve } from "./evolve/evolve.ts";
export type { Effects, Posting } from "./effects.ts";
export { asksTheSame } from "./intent_memory.ts";
export { numberOf } from "./ids.ts";
export { bidsOfAuction, leastEnglishBid, openJobs, seen } from "./lookups.ts";
export { auctionView, bidView, gpuView, jobView, leaseView, walletView } from "./views.ts";
export { type ActorMovement, movementsOf } from "./movements.ts";
export { deserialize, serialize, stateHash } from "./snapshot.ts";
export { type Counters, reputation } from "./reputation.ts";
export { explainOrder, type NearMiss } from "./explain.ts";
export { type AuctionProblem, type Recheck, recheckAuction } from "./transcript.ts";
export { MAX_ROUND_FILLS } from "./clearing_round.ts";
export { type Followed, Redecider, type SignedEvent } from "./redecide.ts";
