import type { Verdict } from "../../protocol/gpu.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { OpenChallenge } from "./open_challenge.ts";
import { shareOfSolo, type Speeds, speedsIn, speedsOf } from "./solo_speed.ts";

/** What is known of a registered GPU: how fast it is alone, and how it was beside others. */
interface Known {
  readonly registered_at: number;
  /** The speeds of its latest proof alone. */
  solo: Speeds | null;
  /** How often it was slow beside others, each time but the last followed by a fine proof alone. */
  slow_tries: number;
  /** How often it was fine beside others since the first of these. */
  fine_tries: number;
  /** True if it has to prove itself alone before the next try. */
  needs_solo: boolean;
  /** Who was proven with it when it was slow. */
  company: ReadonlySet<string>;
}

/** Beside others a GPU that does less than this of what it does alone is slow. */
const FAIR_SHARE = 0.6;
const NOBODY: ReadonlySet<string> = new Set();

/**
 * Finds the cards that stand for several ids: each is judged against itself alone. One slow try may be
 * honest load and publishes nothing; the GPU has to prove itself alone, and to come again with the same
 * company. Three, each with a fine proof alone in between, are no accident, unless three fine ones come
 * first. One fine try alone clears nobody: the ids of one card could take turns at being fast. Of two
 * such ids one is slow in each cohort, so within five of them one has been slow three times. Coming only
 * when the others have begun is a try, too: one card could serve two ids one after the other.
 */
export class Sharing {
  readonly #known = new Map<string, Known>();

  /** Forgets a GPU that is gone. */
  forget(gpu_id: string): void {
    this.#known.delete(gpu_id);
  }

  /** GPUs that were slow beside others and have to prove themselves alone now. */
  soloists(): string[] {
    return [...this.#known].filter(([, { needs_solo }]) => needs_solo).map(([gpu_id]) => gpu_id);
  }

  /** GPUs that were slow in the last cohort, and their company: they are expected in the next one. */
  suspects(): Set<string> {
    const suspects = new Set<string>();
    for (const [gpu_id, { slow_tries, company }] of this.#known) {
      if (slow_tries === 0) continue;
      suspects.add(gpu_id);
      for (const other of company) suspects.add(other);
    }
    return suspects;
  }

  /** True if that one is expected in the next cohort. */
  isSuspect(gpu_id: string): boolean {
    return (this.#known.get(gpu_id)?.slow_tries ?? 0) > 0;
  }

  /** What is published of a verdict, on a challenge alone or in a cohort; null for nothing. */
  review(open: OpenChallenge, verdict: Verdict): Verdict | null {
    const known = this.#of(open);
    const isGood = verdict.verdict === "verified" || verdict.verdict === "software";
    const members = open.companions?.members ?? NOBODY;
    if (open.companions !== null && !members.has(open.gpu.gpu_id)) {
      if (isGood) known.solo = speedsOf(open);
      return isGood && this.#isLastTry(known, members, false)
        ? shared(verdict, "late for its cohort", members.size)
        : verdict;
    }
    if (members.size < 2) {
      if (isGood) known.solo = speedsOf(open);
      else clear(known);
      known.needs_solo = false;
      return verdict;
    }
    if (isWrong(open, verdict)) return verdict;
    const listed = open.gpu.verdict === null ? null : speedsIn(open.gpu.verdict);
    const share = shareOfSolo(open, known.solo ?? listed);
    if (isGood && (share === null || share >= FAIR_SHARE)) {
      if (known.slow_tries > 0) known.fine_tries++;
      if (known.fine_tries >= LIMITS.cohort_tries) clear(known);
      return verdict;
    }
    if (!this.#isLastTry(known, members, true)) return null;
    const part = share === null
      ? "not in time"
      : `at ${Math.round(100 * share)} % of its speed alone`;
    return shared(verdict, part, members.size - 1);
  }

  /** Counts a try, and says whether it was one too many. */
  #isLastTry(known: Known, company: ReadonlySet<string>, needs_solo: boolean): boolean {
    known.slow_tries++;
    known.company = company;
    known.needs_solo = needs_solo;
    if (known.slow_tries < LIMITS.cohort_tries) return false;
    clear(known);
    return true;
  }

  #of({ gpu: { gpu_id, registered_at } }: OpenChallenge): Known {
    const known = this.#known.get(gpu_id);
    if (known?.registered_at === registered_at) return known;
    const nothing = {
      solo: null,
      slow_tries: 0,
      fine_tries: 0,
      needs_solo: false,
      company: NOBODY,
    };
    const blank: Known = { registered_at, ...nothing };
    this.#known.set(gpu_id, blank);
    return blank;
  }
}

function clear(known: Known): void {
  known.slow_tries = 0;
  known.fine_tries = 0;
  known.needs_solo = false;
  known.company = NOBODY;
}

/** Fails by what was computed, or was never begun: no company excuses that. */
function isWrong(open: OpenChallenge, { verdict, step }: Verdict): boolean {
  if (verdict !== "failed") return false;
  return step !== "deadline" || open.stages.matrix.t0_ms === null;
}

function shared(verdict: Verdict, part: string, others: number): Verdict {
  const line = `shared: ${part}, beside ${others} others, ${LIMITS.cohort_tries} times`;
  const { figures } = verdict;
  return {
    verdict: "implausible",
    class: "unknown",
    reason:
      `Alone this GPU is as fast as it should be, and beside others it is not: one card may ` +
      `stand for several ids. Against the claim: ${line}.`,
    figures,
    contradicts: [line],
    step: null,
  };
}
