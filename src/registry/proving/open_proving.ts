import type { Clock } from "../../base/clock.ts";
import { type ExpectedSpeeds, planProof } from "../../proof/plan.ts";
import type { FillRandom } from "../../proof/random.ts";
import type { ProofSize } from "../../proof/size.ts";
import type { IntentBody } from "../../protocol/intent.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { MarketMemory } from "../market_memory.ts";
import type { NodeIntents } from "../node_intents.ts";
import { Challenges } from "./challenges.ts";
import { expectedSpeeds } from "./expected_speeds.ts";
import type { ProofAnswers } from "./proof_answers.ts";
import { Schedule } from "./schedule.ts";
import { VerifyPool, verifyWorkers } from "./verify_pool.ts";

/** What a test may set of how GPUs are proven. */
export interface ProvingOptions {
  plan?: (expected: ExpectedSpeeds, round_trip_ms: number) => ProofSize;
  random?: FillRandom;
  /** Without them, those of `LIMITS`. */
  idle_mean_ms?: number;
  cohort_mean_ms?: number;
  /** False in a simulation that gives the verdicts itself: no GPU is asked for a proof again. */
  again?: boolean;
}

/** How a registry has GPUs proven. */
export interface Proving {
  challenges: Challenges;
  schedule: Schedule;
  /** Ends what is under way, without a verdict. */
  restart(): void;
  /** Ends the Workers. */
  close(): void;
}

/** Puts together what proves GPUs. */
export function openProving(
  { clock, memory, nodeIntents, answers, main_url, onDeath }: {
    clock: Clock;
    memory: Pick<MarketMemory, "gpus" | "wakeups" | "sequencer">;
    nodeIntents: NodeIntents;
    answers: ProofAnswers;
    main_url: string;
    onDeath(reason: string): void;
  },
  options: ProvingOptions,
): Proving {
  const random = options.random ??
    ((bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes));
  const checker = new VerifyPool(main_url, verifyWorkers(navigator.hardwareConcurrency), onDeath);
  const { gpus, wakeups, sequencer } = memory;
  const judged = async (body: IntentBody<"gpu.judge">) => {
    const { seq } = await nodeIntents.submit("gpu.judge", body);
    return { seq, listed: gpus.get(body.gpu_id)?.status === "listed" };
  };
  const schedule: Schedule = new Schedule({
    clock,
    random,
    idle_mean_ms: options.idle_mean_ms ?? LIMITS.idle_proof_mean_ms,
    cohort_mean_ms: options.cohort_mean_ms ?? LIMITS.cohort_mean_ms,
    again: options.again ?? true,
    isProving: (gpu_id) => challenges.isProving(gpu_id),
    wake: (gpu_id) => wakeups.wake(gpu_id),
    judged,
  });
  const challenges: Challenges = new Challenges({
    clock,
    random,
    checker,
    plan: options.plan ?? planProof,
    expected: expectedSpeeds,
    gpu: (gpu_id) => gpus.get(gpu_id),
    isAsked: (gpu_id) => schedule.isAsked(gpu_id),
    occasion: (gpu) => schedule.occasion(gpu),
    review: (open, verdict) => schedule.review(open, verdict),
    // A poll that waits finds that its jobs are held back no more.
    settled: (gpu_id) => wakeups.wake(gpu_id),
    unpublished: (gpu_id, verdict) => ({
      verdict,
      listed: gpus.get(gpu_id)?.status === "listed",
      seq: sequencer.feed.head.seq,
    }),
    judged,
    keepAnswer: (gpu_id, answer, kind) => answers.keep(gpu_id, answer, kind),
  });
  return {
    challenges,
    schedule,
    restart() {
      challenges.restart();
      schedule.restart();
    },
    close: () => checker.close(),
  };
}
