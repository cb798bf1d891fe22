import type { Clock } from "../../base/clock.ts";
import type { ExpectedSpeeds } from "../../proof/plan.ts";
import type { FillRandom } from "../../proof/random.ts";
import type { ProofSize } from "../../proof/size.ts";
import type { Judged } from "../../protocol/challenge.ts";
import type { GpuView, Verdict } from "../../protocol/gpu.ts";
import type { IntentBody } from "../../protocol/intent.ts";
import type { ProofReason } from "../../protocol/proof.ts";
import type { Companions, OpenChallenge } from "./open_challenge.ts";
import type { ProofChecker } from "./proof_worker.ts";

/** Why a GPU is to be proven now, and with whom. */
export interface Occasion {
  reason: ProofReason;
  companions: Companions | null;
}

/** What the challenges need from the rest of the registry. */
export interface ChallengeDeps {
  clock: Clock;
  /** A CSPRNG: nonces, and what is to be opened. */
  random: FillRandom;
  checker: ProofChecker;
  plan(expected: ExpectedSpeeds, round_trip_ms: number): ProofSize;
  expected(gpu: GpuView): ExpectedSpeeds;
  gpu(gpu_id: string): GpuView | undefined;
  /** True if the registry itself wants the GPU proven now. */
  isAsked(gpu_id: string): boolean;
  /** Why its owner asks for a challenge: on the registry's word, or by himself. */
  occasion(gpu: GpuView): Occasion;
  /** Puts a verdict into the feed; resolves when it is durable. */
  judged(body: IntentBody<"gpu.judge">): Promise<{ seq: number; listed: boolean }>;
  /** What is published of a verdict; null for nothing. */
  review(open: OpenChallenge, verdict: Verdict): Verdict | null;
  /** The verdict on a GPU is in the feed, or nothing of it is to be. */
  settled(gpu_id: string): void;
  /** What the prover is told of a verdict that is not published. */
  unpublished(gpu_id: string, verdict: Verdict): Judged;
  /** Keeps an answer: the latest of its GPU, or one that failed. */
  keepAnswer(
    gpu_id: string,
    answer: Uint8Array<ArrayBuffer>,
    kind: "latest" | "disputed",
  ): Promise<void>;
}

/** An answer with a body that is to call `written` when its first byte goes out. */
export interface Timed<T> {
  view: T;
  written(): void;
}

/** An answer that is on its way. */
export interface Receiving {
  /** The bytes that it has: one more, and it is refused. */
  max_bytes: number;
  /** Milliseconds that are left for it. */
  left_ms: number;
  /** It is here. */
  take(answer: Uint8Array<ArrayBuffer>): Promise<Judged>;
  /** It has too many bytes. */
  oversized(): Promise<Judged>;
  /** It broke off: another one may come while there is time. */
  broken(): void;
}
