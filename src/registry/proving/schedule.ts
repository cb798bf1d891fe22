import type { Clock } from "../../base/clock.ts";
import { newId } from "../../base/ids.ts";
import { type Gpu, isOnline, type Lease, type MarketState } from "../../market/market.ts";
import type { FillRandom } from "../../proof/random.ts";
import type { PollAnswer } from "../../protocol/api.ts";
import type { GpuView, Verdict } from "../../protocol/gpu.ts";
import type { IntentBody } from "../../protocol/intent.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { ProofReason } from "../../protocol/proof.ts";
import type { Occasion } from "./challenge_deps.ts";
import { Cohort } from "./cohort.ts";
import { type Demand, Demands } from "./demands.ts";
import { dueReason, isBusy, isFirstLease, isIdle, provesAgain } from "./occasions.ts";
import type { OpenChallenge } from "./open_challenge.ts";
import { drawSome, waitingTime } from "./random_times.ts";
import { Sharing } from "./sharing.ts";

export interface ScheduleDeps {
  clock: Clock;
  /** A CSPRNG: nobody foresees when a GPU is proven, nor beside whom. */
  random: FillRandom;
  idle_mean_ms: number;
  cohort_mean_ms: number;
  /** False where verdicts come from elsewhere: it then asks for nothing. */
  again: boolean;
  isProving(gpu_id: string): boolean;
  /** Wakes the poll of a GPU's daemon. */
  wake(gpu_id: string): void;
  judged(body: IntentBody<"gpu.judge">): Promise<unknown>;
}

/**
 * When GPUs are proven again (DESIGN §5): at random times while idle, before a first rental, on a
 * complaint, before a badge expires, and in cohorts. All of it is in memory: after a restart it is
 * drawn anew.
 */
export class Schedule {
  readonly #deps: ScheduleDeps;
  readonly #demands: Demands;
  readonly #sharing = new Sharing();
  readonly #cohorts = new Set<Cohort>();
  /** When each idle GPU is proven next, in monotonic milliseconds. */
  readonly #next = new Map<string, number>();
  /** Of live leases: whether each is its GPU's first. */
  readonly #first = new Map<string, boolean>();
  #next_cohort_ms: number;
  /** True while the next cohort waits only for those that were slow to prove themselves alone. */
  #is_suspicious = false;

  constructor(deps: ScheduleDeps) {
    this.#deps = deps;
    this.#demands = new Demands(deps.clock);
    this.#next_cohort_ms = this.#after(deps.cohort_mean_ms);
  }

  /** True while no job is to be started on a GPU: it is to be proven first. */
  withholds(state: MarketState, gpu_id: string): boolean {
    const gpu = state.gpus.get(gpu_id);
    if (gpu !== undefined) this.#look(state, gpu);
    return this.#demands.get(gpu_id) !== undefined || this.#deps.isProving(gpu_id);
  }

  /**
   * What a daemon is to prove now, of the GPUs that it has. A cohort is not told from a GPU's own time:
   * who knew could put a second card beside the one that stands for two, just then.
   */
  wanted(state: MarketState, gpu_ids: readonly string[]): PollAnswer["challenges"] {
    return gpu_ids.filter((gpu_id) => !isBusy(state, gpu_id)).flatMap((gpu_id) => {
      const demand = this.#demands.get(gpu_id);
      if (demand === undefined) return [];
      return [{ gpu_id, reason: demand.reason === "cohort" ? "idle" : demand.reason }];
    });
  }

  /** True if one of these is to be told at once. */
  isNews(wanted: PollAnswer["challenges"]): boolean {
    return wanted.some(({ gpu_id }) => this.#demands.isNews(gpu_id));
  }

  /** Notes that their daemon is told. */
  tell(wanted: PollAnswer["challenges"]): void {
    for (const { gpu_id } of wanted) this.#demands.tell(gpu_id);
  }

  isAsked(gpu_id: string): boolean {
    return this.#demands.get(gpu_id) !== undefined;
  }

  /** Takes the occasion of a challenge that is collected; an owner's own is like a registration. */
  occasion({ gpu_id, registered_at }: GpuView): Occasion {
    const demand = this.#demands.take(gpu_id);
    if (demand === undefined || demand.registered_at !== registered_at) {
      return { reason: "registration", companions: null };
    }
    return { reason: demand.reason, companions: demand.cohort };
  }

  /** What is published of a verdict; null for nothing. */
  review(open: OpenChallenge, verdict: Verdict): Verdict | null {
    const publish = this.#sharing.review(open, verdict);
    if (this.#sharing.isSuspect(open.gpu.gpu_id)) this.#is_suspicious = true;
    return publish;
  }

  /** Begins anew: the registry closes, or daemons talked to another process before. */
  restart(): void {
    for (const demand of this.#demands.all()) this.#drop(demand);
    for (const cohort of this.#cohorts) cohort.disband();
    this.#cohorts.clear();
    this.#next.clear();
  }

  /** Forgets a GPU that is gone. */
  forget(gpu_id: string): void {
    this.#demands.take(gpu_id)?.cohort?.ended(gpu_id);
    this.#sharing.forget(gpu_id);
    this.#next.delete(gpu_id);
  }

  /** Looks after all GPUs: asks for what is due, and ends what was not collected. */
  async round(state: MarketState): Promise<void> {
    this.#forgetLeases(state);
    for (const gpu of state.gpus.values()) this.#look(state, gpu);
    if (this.#deps.again && provesAgain(state)) this.#callTogether(state);
    for (const cohort of this.#cohorts) {
      cohort.look();
      if (cohort.isOver) this.#cohorts.delete(cohort);
    }
    for (const demand of this.#demands.all()) await this.#review(state, demand);
  }

  /** Asks for what is due of one GPU. */
  #look(state: MarketState, gpu: Gpu): void {
    if (!this.#deps.again || this.isAsked(gpu.gpu_id) || this.#deps.isProving(gpu.gpu_id)) return;
    const now = this.#deps.clock.now();
    const due = dueReason(state, gpu, now, (lease) => this.#isFirst(state, lease));
    if (due !== null) return this.#demand(gpu, due, null);
    if (!provesAgain(state) || !isIdle(gpu) || !gpu.online) {
      return void this.#next.delete(gpu.gpu_id);
    }
    const next_ms = this.#next.get(gpu.gpu_id);
    if (next_ms === undefined) this.#next.set(gpu.gpu_id, this.#after(this.#deps.idle_mean_ms));
    else if (next_ms <= this.#deps.clock.monotonic()) {
      this.#next.delete(gpu.gpu_id);
      this.#demand(gpu, "idle", null);
    }
  }

  /**
   * Those that were slow beside others prove themselves alone, one after the other: two at a time might
   * be one card again. Then, and else at random times, the next cohort is called.
   */
  #callTogether(state: MarketState): void {
    const idle = new Map<string, Gpu>();
    for (const gpu of state.gpus.values()) {
      if (gpu.online && gpu.status === "listed" && isIdle(gpu)) idle.set(gpu.gpu_id, gpu);
    }
    const isTaken = (gpu_id: string) => this.isAsked(gpu_id) || this.#deps.isProving(gpu_id);
    const suspects = [...this.#sharing.suspects()].filter((gpu_id) => idle.has(gpu_id));
    if (suspects.some(isTaken)) return;
    const [alone] = this.#sharing.soloists().flatMap((gpu_id) => idle.get(gpu_id) ?? []);
    if (alone !== undefined) return this.#demand(alone, "idle", null);
    if (suspects.length === 0) this.#is_suspicious = false;
    if (!this.#is_suspicious && this.#deps.clock.monotonic() < this.#next_cohort_ms) return;
    this.#next_cohort_ms = this.#after(this.#deps.cohort_mean_ms);
    this.#callCohort([...idle.values()].filter(({ gpu_id }) => !isTaken(gpu_id)), suspects);
  }

  /** Has a random half of all idle GPUs, and those that were slow before, proven at one time. */
  #callCohort(idle: readonly Gpu[], suspects: readonly string[]): void {
    const { clock, random } = this.#deps;
    const isSuspect = ({ gpu_id }: Gpu) => suspects.includes(gpu_id);
    const half = Math.max(2, Math.ceil(idle.length / 2));
    const called = [
      ...idle.filter(isSuspect),
      ...drawSome(random, idle.filter((gpu) => !isSuspect(gpu)), half),
    ].slice(0, LIMITS.cohort_members);
    if (called.length < 2) return;
    const cohort = new Cohort(clock, called.map(({ gpu_id }) => gpu_id));
    this.#cohorts.add(cohort);
    for (const gpu of called) this.#demand(gpu, "cohort", cohort);
  }

  /** Ends a demand that was not collected, or that its GPU can't meet now. */
  async #review(state: MarketState, demand: Demand): Promise<void> {
    const { gpu_id, registered_at, reason } = demand;
    const gpu = state.gpus.get(gpu_id);
    const isSame = gpu?.registered_at === registered_at;
    const isFree = reason === "idle" || reason === "cohort"
      ? gpu !== undefined && isIdle(gpu)
      : !isBusy(state, gpu_id);
    const isNeeded = reason !== "first_rental" || gpu?.lease_id !== null;
    const isAnswered = reason === "complaint" && gpu?.complaint === null;
    // Who was told and then goes has failed as well: else that would be the way out of every proof.
    const isAway = demand.first_told_ms === null && gpu !== undefined && !isOnline(state, gpu);
    if (!isSame || isAway || !isNeeded || isAnswered) this.#drop(demand);
    else if (!isFree) {
      if (reason === "idle" || reason === "cohort") this.#drop(demand);
      else this.#demands.untell(demand);
    } else if (this.#demands.isLate(demand)) {
      this.#drop(demand);
      await this.#deps.judged(uncollected(gpu, reason, this.#deps.clock));
    }
  }

  #drop({ gpu_id, cohort }: Demand): void {
    this.#demands.take(gpu_id);
    cohort?.ended(gpu_id);
  }

  #demand(
    { gpu_id, registered_at }: Pick<Gpu, "gpu_id" | "registered_at">,
    reason: ProofReason,
    cohort: Cohort | null,
  ): void {
    const isNew = this.#demands.add({ gpu_id, registered_at, reason, cohort });
    if (isNew) this.#deps.wake(gpu_id);
  }

  #isFirst(state: MarketState, lease: Lease): boolean {
    const known = this.#first.get(lease.lease_id);
    if (known !== undefined) return known;
    const isFirst = isFirstLease(state, lease);
    this.#first.set(lease.lease_id, isFirst);
    return isFirst;
  }

  #forgetLeases(state: MarketState): void {
    for (const lease_id of this.#first.keys()) {
      if (state.leases.get(lease_id)?.state !== "live") this.#first.delete(lease_id);
    }
  }

  #after(mean_ms: number): number {
    return this.#deps.clock.monotonic() + waitingTime(this.#deps.random, mean_ms);
  }
}

/** The verdict over a GPU whose daemon was told to prove it and did not come. */
function uncollected(gpu: Gpu, reason: ProofReason, clock: Clock): IntentBody<"gpu.judge"> {
  const seconds = LIMITS.proof_collect_ms / 1000;
  const verdict: Verdict = {
    verdict: "failed",
    class: "unknown",
    reason: `Its daemon was told to prove it, and asked for no challenge within ${seconds} s ` +
      "(collect).",
    figures: { gops: 0, elapsed_ms: 0, m: 0, k: 0, n: 0 },
    contradicts: [],
    step: "collect",
  };
  const challenge_id = newId(clock.now());
  const nothing = { root: null, indices: [], answer_sha256: null };
  return { gpu_id: gpu.gpu_id, challenge_id, verdict, ...nothing, reason };
}
