import { HorizonError } from "../../base/errors.ts";
import { sha256Hex } from "../../base/hash.ts";
import { drawOpenings } from "../../proof/draw.ts";
import { answerBytes } from "../../proof/openings.ts";
import { proofFailure, type ProofOutcome } from "../../proof/outcome.ts";
import type {
  ChallengeIssued,
  ChallengeView,
  DrawView,
  Judged,
  NonceView,
} from "../../protocol/challenge.ts";
import type { Verdict } from "../../protocol/gpu.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { RateLimiter } from "../auth/rates.ts";
import type { ChallengeDeps, Receiving, Timed } from "./challenge_deps.ts";
import { noNonce, type OpenChallenge, type StageRecord, unstarted } from "./open_challenge.ts";
import { OpenChallenges } from "./open_challenges.ts";
import { type Stage, stageLimits } from "./stage_limits.ts";
import { transcriptOf, wireTranscript } from "./transcripts.ts";
import { abandonedVerdict, verdictOf } from "./verdicts.ts";

/** Each challenge ends in a verdict, which stays in the feed for good. */
const RATE = { per_second: LIMITS.challenges_per_second, burst: LIMITS.challenges_burst };

/**
 * The challenges under way (DESIGN §5), all in memory: a restart ends them without a verdict. Each
 * stage has its own nonce and stop-watch, from the writing of the nonce's first byte to the arrival
 * of the commitment's last.
 */
export class Challenges {
  readonly #deps: ChallengeDeps;
  readonly #open: OpenChallenges;
  /** GPUs whose verdicts are on their way into the feed. */
  readonly #settling = new Set<string>();
  readonly #rates: RateLimiter;

  constructor(deps: ChallengeDeps) {
    this.#deps = deps;
    this.#rates = new RateLimiter(RATE, deps.clock);
    this.#open = new OpenChallenges(deps.clock);
  }

  /** Milliseconds until the next challenge is over by its time; null if none is under way. */
  untilDeadline(): number | null {
    return this.#open.untilDeadline();
  }

  /** True if a challenge of that GPU is under way. */
  isProving(gpu_id: string): boolean {
    return this.#open.has(gpu_id) || this.#settling.has(gpu_id);
  }

  /**
   * Begins a challenge of an actor's GPU. Throws `gpu_not_found`, `forbidden`, `limit_reached`,
   * `rate_limited`.
   */
  issue(actor: string, gpu_id: string): Timed<ChallengeIssued> {
    const { clock } = this.#deps;
    const gpu = this.#deps.gpu(gpu_id);
    if (gpu === undefined) {
      throw new HorizonError("gpu_not_found", `There is no GPU ${gpu_id} here.`);
    }
    if (gpu.owner !== actor) {
      throw new HorizonError("forbidden", `Only the owner of ${gpu_id} can prove it.`);
    }
    const isAsked = this.#deps.isAsked(gpu_id);
    this.#open.checkRoom(actor, gpu, isAsked);
    if (!isAsked) this.#rates.take(actor, 1);
    const { reason, companions } = this.#deps.occasion(gpu);
    const expected = this.#deps.expected(gpu);
    const echo = this.#random().toHex();
    const open = this.#open.add({ actor, gpu, reason, companions, expected, echo, ...unstarted() });
    open.deadline_ms = clock.monotonic() + LIMITS.proof_echo_ms;
    const written = () => {
      open.echoed_ms = clock.monotonic();
      open.deadline_ms = open.echoed_ms + LIMITS.proof_echo_ms;
    };
    const { challenge_id } = open;
    const expires_at = clock.now() + LIMITS.proof_echo_ms;
    return { view: { challenge_id, gpu_id, echo, expires_at }, written };
  }

  /**
   * Takes the echo, which ends the round trip, plans the proof by it, and tells the first nonce when
   * all of the cohort are ready.
   */
  async start(
    actor: string,
    challenge_id: string,
    echo: string,
    arrived_ms: number,
  ): Promise<Timed<ChallengeView>> {
    const open = this.#open.find(actor, challenge_id, "issued", arrived_ms);
    if (open.echoed_ms === null || echo !== open.echo) {
      throw new HorizonError("challenge_state", "That is not the echo of this challenge.");
    }
    open.round_trip_ms = Math.max(0, arrived_ms - open.echoed_ms);
    const size = open.size = this.#deps.plan(open.expected, open.round_trip_ms);
    const limits_ms = open.limits_ms = stageLimits(size, open.expected, open.round_trip_ms);
    open.step = "ready";
    open.deadline_ms = null;
    await open.companions?.ready(open.gpu.gpu_id);
    const { m, k, n, lanes, steps, sweeps } = size;
    const all_ms = limits_ms.matrix + limits_ms.chain + limits_ms.sweep + LIMITS.proof_answer_ms;
    const { nonce, written } = this.#begin(open, "matrix");
    const expires_at = this.#deps.clock.now() + all_ms;
    const { gpu: { gpu_id } } = open;
    const view = { challenge_id, gpu_id, nonce, m, k, n, lanes, steps, sweeps, expires_at };
    return { view, written };
  }

  /** Takes the root over the rows, whose last byte was here at `arrived_ms` (monotonic). */
  matrix(actor: string, challenge_id: string, root: string, arrived_ms: number): Timed<NonceView> {
    const open = this.#finish(actor, challenge_id, "matrix", [root], arrived_ms);
    const { nonce, written } = this.#begin(open, "chain");
    return { view: { nonce }, written };
  }

  /** Takes the chain's root. */
  chain(actor: string, challenge_id: string, root: string, arrived_ms: number): Timed<NonceView> {
    const open = this.#finish(actor, challenge_id, "chain", [root], arrived_ms);
    const { nonce, written } = this.#begin(open, "sweep");
    return { view: { nonce }, written };
  }

  /**
   * Takes the roots of the sweeps and draws what is to be opened: only now, so that nobody can know it
   * before he has committed himself, and in a cohort only when all others have.
   */
  async sweep(
    actor: string,
    challenge_id: string,
    roots: string[],
    arrived_ms: number,
  ): Promise<DrawView> {
    const found = this.#open.find(actor, challenge_id, "sweep", arrived_ms);
    if (roots.length !== found.size?.sweeps) {
      throw new HorizonError("invalid_input", "There is one root for each sweep.", {
        details: { field: "roots", sweeps: found.size?.sweeps ?? 0 },
      });
    }
    const open = this.#finish(actor, challenge_id, "sweep", roots, arrived_ms);
    open.step = "committed";
    open.deadline_ms = null;
    await open.companions?.committed(open.gpu.gpu_id);
    if (!isStill(open, "committed")) throw late();
    if (open.size === null) throw new Error("a challenge that has begun has a size");
    const draw = open.draw = drawOpenings(open.size, this.#deps.random);
    open.step = "drawn";
    open.deadline_ms = this.#deps.clock.monotonic() + LIMITS.proof_answer_ms;
    return { rows: [...draw.rows], lanes: [...draw.lanes], sweeps: [...draw.sweeps] };
  }

  /** Lets an answer come: one at a time, of the length that it must have. */
  receive(actor: string, challenge_id: string): Receiving {
    const now_ms = this.#deps.clock.monotonic();
    const open = this.#open.find(actor, challenge_id, "drawn", now_ms);
    const { size, draw } = open;
    if (size === null || draw === null) throw new Error("what is drawn has a size");
    open.step = "receiving";
    const counts = {
      rows: draw.rows.length,
      lanes: draw.lanes.length,
      sweeps: draw.sweeps.length,
    };
    const max_bytes = answerBytes(size, counts);
    const broken = () => {
      if (open.step === "receiving") open.step = "drawn";
    };
    return {
      max_bytes,
      left_ms: Math.max(0, (open.deadline_ms ?? now_ms) - now_ms),
      take: (answer) => this.#check(open, answer),
      oversized: () => {
        const reason = `The answer has more than the ${max_bytes} bytes that it must have`;
        return this.#conclude(open, proofFailure("openings", "oversized", reason), null);
      },
      broken,
    };
  }

  /** Ends all challenges without a verdict: the registry closes, or another process leads. */
  restart(): void {
    for (const open of this.#open.clear()) open.companions?.ended(open.gpu.gpu_id);
  }

  /** Ends what is past its deadline: it has failed. Forgets the ends of a while ago. */
  async sweepOut(): Promise<void> {
    for (const open of this.#open.late()) {
      await this.#end(open, abandonedVerdict(open), null);
    }
  }

  async #check(open: OpenChallenge, answer: Uint8Array<ArrayBuffer>): Promise<Judged> {
    const transcript = transcriptOf(open);
    // Its time may have ended while its last bytes came.
    if (transcript === null || open.step !== "receiving") throw late();
    open.step = "judging";
    open.deadline_ms = null;
    const { actor: provider, gpu: { gpu_id } } = open;
    let outcome: ProofOutcome;
    try {
      outcome = await this.#deps.checker.check({ transcript, provider, gpu_id, answer });
      const isGood = outcome.ok && !isAgainst(verdictOf(open, outcome));
      await this.#deps.keepAnswer(gpu_id, answer, isGood ? "latest" : "disputed");
    } catch (thrown) {
      // The registry's own trouble: the answer may come again, in as much time as there was at first.
      open.step = "drawn";
      open.deadline_ms = this.#deps.clock.monotonic() + LIMITS.proof_answer_ms;
      throw thrown;
    }
    return await this.#conclude(open, outcome, answer);
  }

  async #conclude(
    open: OpenChallenge,
    outcome: ProofOutcome,
    answer: Uint8Array<ArrayBuffer> | null,
  ): Promise<Judged> {
    const verdict = verdictOf(open, outcome);
    const judged = await this.#end(open, verdict, answer === null ? null : sha256Hex(answer));
    if (judged !== null) return judged;
    const message = `${open.gpu.gpu_id} is no longer the GPU that this challenge was for.`;
    throw new HorizonError("gpu_not_found", message);
  }

  /** Ends a challenge by its verdict; null if its GPU is another one by now. */
  async #end(
    open: OpenChallenge,
    given: Verdict,
    answer_sha256: string | null,
  ): Promise<Judged | null> {
    const { gpu_id } = open.gpu;
    this.#open.end(open);
    open.companions?.ended(gpu_id);
    if (!this.#isSameGpu(open)) return null;
    const verdict = this.#deps.review(open, given);
    this.#settling.add(gpu_id);
    try {
      return verdict === null
        ? this.#deps.unpublished(gpu_id, given)
        : await this.#publish(open, verdict, answer_sha256);
    } finally {
      this.#settling.delete(gpu_id);
      this.#deps.settled(gpu_id);
    }
  }

  async #publish(
    open: OpenChallenge,
    verdict: Verdict,
    answer_sha256: string | null,
  ): Promise<Judged> {
    const transcript = transcriptOf(open);
    const { seq, listed } = await this.#deps.judged({
      gpu_id: open.gpu.gpu_id,
      challenge_id: open.challenge_id,
      verdict,
      root: open.stages.matrix.roots[0]?.toHex() ?? null,
      indices: [...open.draw?.rows ?? []],
      answer_sha256,
      reason: open.reason,
      ...(transcript === null ? {} : { proof: wireTranscript(transcript) }),
    });
    return { verdict, listed, seq };
  }

  /** Begins a stage: its time runs from the moment that its nonce is written. */
  #begin(open: OpenChallenge, stage: Stage): { nonce: string; written(): void } {
    const { clock } = this.#deps;
    if (isStill(open, "over")) throw late();
    const record: StageRecord = open.stages[stage];
    record.nonce = this.#random();
    const limit_ms = open.limits_ms?.[stage] ?? 0;
    open.step = stage;
    open.deadline_ms = clock.monotonic() + limit_ms;
    const written = () => {
      if (record.t0_ms !== null) return;
      record.t0_ms = clock.monotonic();
      open.deadline_ms = record.t0_ms + limit_ms;
    };
    return { nonce: record.nonce.toHex(), written };
  }

  #finish(
    actor: string,
    challenge_id: string,
    stage: Stage,
    roots: string[],
    arrived_ms: number,
  ): OpenChallenge {
    const open = this.#open.find(actor, challenge_id, stage, arrived_ms);
    const record = open.stages[stage];
    if (record.t0_ms === null) {
      const message = "The nonce of this stage was not written yet.";
      throw new HorizonError("challenge_state", message, { details: { step: stage } });
    }
    record.t1_ms = arrived_ms;
    record.roots = roots.map((root) => Uint8Array.fromHex(root));
    return open;
  }

  /** False if the id has meanwhile gone to another registration, which this proof says nothing of. */
  #isSameGpu(open: OpenChallenge): boolean {
    const { gpu: { gpu_id, registered_at, gpu_type, vram_gb }, actor } = open;
    const now = this.#deps.gpu(gpu_id);
    // Two registrations may bear one time, where the machine's clock was set back.
    return now?.owner === actor && now.registered_at === registered_at &&
      now.gpu_type === gpu_type && now.vram_gb === vram_gb;
  }

  #random(): Uint8Array<ArrayBuffer> {
    const bytes = noNonce();
    this.#deps.random(bytes);
    return bytes;
  }
}

/** Whether it is at that step: it may have ended while something was awaited. */
function isStill(open: OpenChallenge, step: OpenChallenge["step"]): boolean {
  return open.step === step;
}

function isAgainst({ verdict }: Verdict): boolean {
  return verdict !== "verified" && verdict !== "software";
}

function late(): HorizonError {
  return new HorizonError("answer_late", "The challenge is over: its time was up.", {
    fix: "Ask for a new one.",
  });
}
