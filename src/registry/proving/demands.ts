import type { Clock } from "../../base/clock.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { ProofReason } from "../../protocol/proof.ts";
import type { Cohort } from "./cohort.ts";

/** A GPU that is to be proven now. */
export interface Demand {
  readonly gpu_id: string;
  readonly registered_at: number;
  readonly reason: ProofReason;
  readonly cohort: Cohort | null;
  /** Monotonic milliseconds: when its daemon was told first, and last; null before. */
  first_told_ms: number | null;
  told_ms: number | null;
}

/** The GPUs that are to be proven and whose daemons have not collected their challenges yet. */
export class Demands {
  readonly #clock: Clock;
  readonly #demands = new Map<string, Demand>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds one; a GPU that is asked already keeps its first, but for a cohort. */
  add(demand: Omit<Demand, "first_told_ms" | "told_ms">): boolean {
    if (this.#demands.has(demand.gpu_id)) return false;
    this.#demands.set(demand.gpu_id, { ...demand, first_told_ms: null, told_ms: null });
    return true;
  }

  get(gpu_id: string): Demand | undefined {
    return this.#demands.get(gpu_id);
  }

  all(): Demand[] {
    return [...this.#demands.values()];
  }

  /** Takes one out: it is collected, or needed no more. */
  take(gpu_id: string): Demand | undefined {
    const demand = this.#demands.get(gpu_id);
    this.#demands.delete(gpu_id);
    return demand;
  }

  /** True if the GPU's daemon is to be told now: for the first time, or again after a while. */
  isNews(gpu_id: string): boolean {
    const demand = this.#demands.get(gpu_id);
    if (demand === undefined) return false;
    const { told_ms } = demand;
    return told_ms === null || this.#clock.monotonic() - told_ms >= LIMITS.proof_tell_ms;
  }

  /** Notes that the GPU's daemon is told. */
  tell(gpu_id: string): void {
    const demand = this.#demands.get(gpu_id);
    if (demand === undefined) return;
    demand.told_ms = this.#clock.monotonic();
    demand.first_told_ms ??= demand.told_ms;
  }

  /** Begins anew with a GPU whose daemon can't do it now. */
  untell(demand: Demand): void {
    demand.first_told_ms = null;
    demand.told_ms = null;
  }

  /** True if the daemon was told and has not come. */
  isLate({ first_told_ms }: Demand): boolean {
    if (first_told_ms === null) return false;
    return this.#clock.monotonic() - first_told_ms >= LIMITS.proof_collect_ms;
  }
}
