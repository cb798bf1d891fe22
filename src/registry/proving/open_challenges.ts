import type { Clock } from "../../base/clock.ts";
import { HorizonError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import type { GpuView } from "../../protocol/gpu.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { OpenChallenge, Step } from "./open_challenge.ts";

/** The challenges in memory: those under way, and for a while those that are over. */
export class OpenChallenges {
  readonly #clock: Clock;
  readonly #open = new Map<string, OpenChallenge>();
  /** When each that is over may be forgotten, in monotonic milliseconds, in the order of their ends. */
  readonly #over = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(begun: Omit<OpenChallenge, "challenge_id">): OpenChallenge {
    const open = { ...begun, challenge_id: newId(this.#clock.now()) };
    this.#open.set(open.challenge_id, open);
    return open;
  }

  /** True if one of that GPU is under way. */
  has(gpu_id: string): boolean {
    return this.#underWay().some(({ gpu }) => gpu.gpu_id === gpu_id);
  }

  /**
   * The actor's challenge at a step. Throws `challenge_not_found`, `answer_late`, `challenge_state`.
   */
  find(actor: string, challenge_id: string, step: Step, arrived_ms: number): OpenChallenge {
    const open = this.#open.get(challenge_id);
    // Another key learns nothing, not even that there is such a challenge.
    if (open === undefined || open.actor !== actor) {
      throw new HorizonError("challenge_not_found", "There is no such challenge of yours.");
    }
    if (open.step === "over" || (open.deadline_ms !== null && open.deadline_ms <= arrived_ms)) {
      throw new HorizonError("answer_late", "The challenge is over: its time was up.", {
        fix: "Ask for a new one.",
      });
    }
    if (open.step === step) return open;
    throw new HorizonError("challenge_state", `The challenge is at the step "${open.step}".`, {
      details: { step: open.step },
    });
  }

  /** Takes all out; gives those that were under way. */
  clear(): OpenChallenge[] {
    const open = this.#underWay();
    for (const one of open) this.end(one);
    return open;
  }

  /** Ends one; it is remembered for a while. */
  end(open: OpenChallenge): void {
    open.step = "over";
    open.deadline_ms = null;
    this.#over.set(open.challenge_id, this.#clock.monotonic() + LIMITS.challenge_memory_ms);
  }

  /** Those that are past their deadline; forgets the ends of a while ago. */
  late(): OpenChallenge[] {
    const now_ms = this.#clock.monotonic();
    for (const [challenge_id, until_ms] of this.#over) {
      if (until_ms > now_ms) break;
      this.#over.delete(challenge_id);
      this.#open.delete(challenge_id);
    }
    return this.#underWay().filter(({ deadline_ms }) =>
      deadline_ms !== null && deadline_ms <= now_ms
    );
  }

  /** Milliseconds until the next deadline; null if there is none. */
  untilDeadline(): number | null {
    const deadlines = this.#underWay().map(({ deadline_ms }) => deadline_ms)
      .filter((deadline_ms) => deadline_ms !== null);
    if (deadlines.length === 0) return null;
    return Math.max(0, Math.min(...deadlines) - this.#clock.monotonic());
  }

  /**
   * Throws `limit_reached` where the GPU has one under way; and, for one that the registry didn't ask
   * for, where the actor or all of them have too many. What it did ask for fails if it isn't collected,
   * so strangers must not be able to take its room.
   */
  checkRoom(actor: string, { gpu_id, registered_at }: GpuView, isAsked: boolean): void {
    const open = this.#underWay();
    if (open.some(({ gpu }) => gpu.gpu_id === gpu_id && gpu.registered_at === registered_at)) {
      throw new HorizonError("limit_reached", `A challenge of ${gpu_id} is under way already.`, {
        fix: "Answer that one; it is over by its time.",
      });
    }
    if (isAsked) return;
    const mine = open.filter((one) => one.actor === actor).length;
    if (mine < LIMITS.challenges_open_per_actor && open.length < LIMITS.challenges_open) return;
    throw new HorizonError("limit_reached", "Too many challenges are open; finish one first.", {
      details: { yours: mine, of: LIMITS.challenges_open_per_actor },
    });
  }

  #underWay(): OpenChallenge[] {
    return [...this.#open.values()].filter(({ step }) => step !== "over");
  }
}
