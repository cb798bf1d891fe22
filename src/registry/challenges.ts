import type { Clock } from "../base/clock.ts";
import { HorizonError } from "../base/errors.ts";
import { sha256Hex } from "../base/hash.ts";
import { newId } from "../base/ids.ts";
import { NONCE_BYTES } from "../proof/challenge.ts";
import { judge } from "../proof/judge.ts";
import type { ProofOutcome } from "../proof/outcome.ts";
import { pickProfile, type Profile } from "../proof/profiles.ts";
import { drawRows } from "../proof/rows.ts";
import type { ChallengeView, Judged } from "../protocol/api.ts";
import type { GpuView, Verdict } from "../protocol/gpu.ts";
import type { IntentBody } from "../protocol/intent.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { ProofChecker } from "./proof_worker.ts";

/** What the challenges need from the rest of the registry. */
export interface ChallengeDeps {
  clock: Clock;
  checker: ProofChecker;
  gpu(gpu_id: string): GpuView | undefined;
  /** Puts a verdict into the feed; resolves when it is durable. */
  judged(body: IntentBody<"gpu.judge">): Promise<{ seq: number; listed: boolean }>;
  /** Keeps the latest answer of a GPU. */
  keepAnswer(gpu_id: string, answer: Uint8Array<ArrayBuffer>): Promise<void>;
}

/**
 * Where a challenge stands. `issued`: not written yet. `sent`: its time runs. `committed`: the root is
 * here, rows are drawn. `judging`: an answer is being checked. `expired`: over, kept to say so.
 */
type Step = "issued" | "sent" | "committed" | "judging" | "expired";

interface Open {
  step: Step;
  challenge_id: string;
  actor: string;
  gpu: GpuView;
  profile: Profile;
  nonce: Uint8Array<ArrayBuffer>;
  /** Monotonic milliseconds: when the challenge's first byte was written, when the root was here. */
  t0_ms: number;
  t1_ms: number;
  /** Monotonic milliseconds. */
  expires_ms: number;
  root: Uint8Array<ArrayBuffer> | null;
  indices: number[];
}

const random = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes);

/** The challenges under way (DESIGN §5), all in memory: a restart ends them without a verdict. */
export class Challenges {
  readonly #deps: ChallengeDeps;
  /** In the order of their expiry. */
  readonly #open = new Map<string, Open>();

  constructor(deps: ChallengeDeps) {
    this.#deps = deps;
  }

  /**
   * Draws a challenge for an actor's GPU. `written` is to be called when its first byte is written.
   * Throws `gpu_not_found`, `forbidden`, `limit_reached`.
   */
  issue(actor: string, gpu_id: string): { view: ChallengeView; written: () => void } {
    const gpu = this.#deps.gpu(gpu_id);
    if (gpu === undefined) {
      throw new HorizonError("gpu_not_found", `There is no GPU ${gpu_id} here.`);
    }
    if (gpu.owner !== actor) {
      throw new HorizonError("forbidden", `Only the owner of ${gpu_id} can prove it.`);
    }
    this.#checkRoom(actor);
    const now = this.#deps.clock.now();
    const profile = pickProfile(gpu.performance.u32_gops.median);
    const open: Open = {
      step: "issued",
      challenge_id: newId(now),
      actor,
      gpu,
      profile,
      nonce: random(new Uint8Array(NONCE_BYTES)),
      t0_ms: 0,
      t1_ms: 0,
      expires_ms: this.#deps.clock.monotonic() + LIMITS.challenge_life_ms,
      root: null,
      indices: [],
    };
    this.#open.set(open.challenge_id, open);
    const written = () => {
      open.t0_ms = this.#deps.clock.monotonic();
      open.step = "sent";
    };
    const { m, k, n, name } = profile;
    const nonce = open.nonce.toHex();
    const expires_at = now + LIMITS.challenge_life_ms;
    const { challenge_id } = open;
    return { view: { challenge_id, gpu_id, nonce, m, k, n, profile: name, expires_at }, written };
  }

  /**
   * Takes the root, whose last byte arrived at `arrived_ms` (monotonic), and draws the rows to open:
   * only now, so that nobody can know them before he has committed himself.
   */
  commit(actor: string, challenge_id: string, root: string, arrived_ms: number): number[] {
    const open = this.#find(actor, challenge_id, "sent", arrived_ms);
    open.t1_ms = arrived_ms;
    open.root = Uint8Array.fromHex(root);
    open.indices = drawRows(open.profile.m, random);
    open.step = "committed";
    return open.indices;
  }

  /** Checks an answer, judges, and puts the verdict into the feed. */
  async answer(
    actor: string,
    challenge_id: string,
    answer: Uint8Array<ArrayBuffer>,
    arrived_ms: number,
  ): Promise<Judged> {
    const open = this.#find(actor, challenge_id, "committed", arrived_ms);
    const { root, indices, nonce, profile, gpu } = open;
    if (root === null) throw wrongStep(open.step);
    open.step = "judging";
    const { m, k, n, name } = profile;
    const challenge = { challenge_id, nonce, m, k, n, profile: name };
    try {
      const proof = { challenge, provider: actor, gpu_id: gpu.gpu_id, root, indices, answer };
      const outcome = await this.#deps.checker.check(proof);
      await this.#deps.keepAnswer(gpu.gpu_id, answer);
      return await this.#judge(open, this.#verdict(open, outcome), sha256Hex(answer));
    } finally {
      this.#open.delete(challenge_id);
    }
  }

  /** Ends what was not answered in time: it has failed. Forgets the ends of a while ago. */
  async sweep(): Promise<void> {
    const now_ms = this.#deps.clock.monotonic();
    for (const open of [...this.#open.values()]) {
      if (open.expires_ms > now_ms) return;
      if (open.step === "expired") {
        if (open.expires_ms + LIMITS.challenge_life_ms <= now_ms) {
          this.#open.delete(open.challenge_id);
        }
      } else if (open.step !== "judging") await this.#abandon(open);
    }
  }

  async #abandon(open: Open): Promise<void> {
    const at = open.step === "committed" ? "the rows were drawn" : "it was sent";
    open.step = "expired";
    if (!this.#isSameGpu(open)) return;
    const reason = `The challenge was abandoned after ${at} (openings: abandoned).`;
    const outcome = { ok: false, step: "openings", code: "abandoned", reason } as const;
    await this.#judge(open, { ...this.#verdict(open, outcome), reason }, null);
  }

  #verdict(open: Open, outcome: ProofOutcome): Verdict {
    return judge({
      size: open.profile,
      elapsed_ms: Math.max(0, open.t1_ms - open.t0_ms),
      claimed_type: open.gpu.gpu_type,
      adapter: open.gpu.adapter,
      outcome,
    });
  }

  /** False if the id has meanwhile gone to another registration, which this proof says nothing of. */
  #isSameGpu(open: Open): boolean {
    const now = this.#deps.gpu(open.gpu.gpu_id);
    return now?.owner === open.actor && now.registered_at === open.gpu.registered_at;
  }

  async #judge(open: Open, verdict: Verdict, answer_sha256: string | null): Promise<Judged> {
    if (!this.#isSameGpu(open)) {
      const message = `${open.gpu.gpu_id} is no longer the GPU that this challenge was for.`;
      throw new HorizonError("gpu_not_found", message);
    }
    const { seq, listed } = await this.#deps.judged({
      gpu_id: open.gpu.gpu_id,
      challenge_id: open.challenge_id,
      verdict,
      root: open.root?.toHex() ?? null,
      indices: open.indices,
      answer_sha256,
    });
    return { verdict, listed, seq };
  }

  #find(actor: string, challenge_id: string, step: Step, arrived_ms: number): Open {
    const open = this.#open.get(challenge_id);
    // Another key learns nothing, not even that there is such a challenge.
    if (open === undefined || open.actor !== actor) {
      throw new HorizonError("challenge_not_found", "There is no such challenge of yours.");
    }
    if (open.step === "expired" || open.expires_ms <= arrived_ms) {
      throw new HorizonError("answer_late", "The challenge has expired.", {
        fix: "Ask for a new one.",
        details: { life_ms: LIMITS.challenge_life_ms },
      });
    }
    if (open.step !== step) throw wrongStep(open.step);
    return open;
  }

  #checkRoom(actor: string): void {
    const open = [...this.#open.values()].filter(({ step }) => step !== "expired");
    const mine = open.filter((one) => one.actor === actor).length;
    if (open.length >= LIMITS.challenges_open || mine >= LIMITS.challenges_open_per_actor) {
      throw new HorizonError("limit_reached", "Too many challenges are open; finish one first.", {
        details: { yours: mine, of: LIMITS.challenges_open_per_actor },
      });
    }
  }
}

function wrongStep(step: Step): HorizonError {
  return new HorizonError("challenge_state", `The challenge is at the step "${step}".`, {
    details: { step },
  });
}
