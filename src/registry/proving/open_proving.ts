import type { Clock } from "../../base/clock.ts";
import { type ExpectedSpeeds, planProof } from "../../proof/plan.ts";
import type { FillRandom } from "../../proof/random.ts";
import type { ProofSize } from "../../proof/size.ts";
import type { GpuIndex } from "../gpu_index.ts";
import type { NodeIntents } from "../node_intents.ts";
import { Challenges } from "./challenges.ts";
import { expectedSpeeds } from "./expected_speeds.ts";
import type { ProofAnswers } from "./proof_answers.ts";
import { VerifyPool, verifyWorkers } from "./verify_pool.ts";

/** What a test may set of how GPUs are proven. */
export interface ProvingOptions {
  plan?: (expected: ExpectedSpeeds, round_trip_ms: number) => ProofSize;
  random?: FillRandom;
}

/** How a registry has GPUs proven. */
export interface Proving {
  challenges: Challenges;
  /** Ends the Workers. */
  close(): void;
}

/** Puts together what proves GPUs. */
export function openProving(
  { clock, gpus, nodeIntents, answers, main_url, onDeath }: {
    clock: Clock;
    gpus: GpuIndex;
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
  const challenges = new Challenges({
    clock,
    random,
    checker,
    plan: options.plan ?? planProof,
    expected: expectedSpeeds,
    gpu: (gpu_id) => gpus.get(gpu_id),
    occasion: () => ({ reason: "registration", companions: null }),
    judged: async (body) => {
      const { seq } = await nodeIntents.submit("gpu.judge", body);
      return { seq, listed: gpus.get(body.gpu_id)?.status === "listed" };
    },
    keepAnswer: (gpu_id, answer, kind) => answers.keep(gpu_id, answer, kind),
  });
  return { challenges, close: () => checker.close() };
}
