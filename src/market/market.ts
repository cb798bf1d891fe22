/** The market's state machine (DESIGN §4): pure, deterministic, and all that others may use of it. */
export { type Account, emptyState, type Gpu, isOnline, type Job } from "./state.ts";
export type { Lease, MarketState } from "./state.ts";
export { decide, type Decision, genesis } from "./decide/decide.ts";
export { type Due, due, nextDeadline } from "./due.ts";
export { evolve } from "./evolve/evolve.ts";
export type { Effects, Posting } from "./effects.ts";
export { asksTheSame } from "./intent_memory.ts";
export { openJobs, seen } from "./lookups.ts";
export { gpuView, jobView, leaseView, walletView } from "./views.ts";
export { type ActorMovement, movementsOf } from "./movements.ts";
export { deserialize, serialize, stateHash } from "./snapshot.ts";
