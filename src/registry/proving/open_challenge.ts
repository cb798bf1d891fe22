import { NONCE_BYTES } from "../../proof/challenge.ts";
import type { ExpectedSpeeds } from "../../proof/plan.ts";
import type { Draw } from "../../proof/draw.ts";
import type { ProofSize } from "../../proof/size.ts";
import type { GpuView } from "../../protocol/gpu.ts";
import type { ProofReason } from "../../protocol/proof.ts";
import type { Stage } from "./stage_limits.ts";

/**
 * Where a challenge stands. `issued`: its echo is awaited. `ready`: it waits for the others of its
 * cohort. The stages: that one's time runs. `committed`: it waits for the others' commitments.
 * `drawn`: its openings are awaited. `receiving`, `judging`: an answer is on its way, or being checked.
 * `over`: kept to say so.
 */
export type Step =
  | "issued"
  | "ready"
  | Stage
  | "committed"
  | "drawn"
  | "receiving"
  | "judging"
  | "over";

/** One stage: its nonce, when that was written, when the commitment was here, and what it was. */
export interface StageRecord {
  nonce: Uint8Array<ArrayBuffer>;
  /** Monotonic milliseconds; null until the first byte of the nonce is written. */
  t0_ms: number | null;
  /** Monotonic milliseconds; null until the last byte of the commitment is here. */
  t1_ms: number | null;
  /** One root; for the sweep one for each pass. */
  roots: Uint8Array<ArrayBuffer>[];
}

/** Others that start and open at the same time. */
export interface Companions {
  /** Ids of the GPUs that began together. */
  readonly members: ReadonlySet<string>;
  /** Resolves when all are ready, or have been waited for long enough. */
  ready(gpu_id: string): Promise<void>;
  /** Resolves when all have committed, or are over. */
  committed(gpu_id: string): Promise<void>;
  /** The GPU's challenge has ended, whatever its step. */
  ended(gpu_id: string): void;
}

/** A challenge under way. */
export interface OpenChallenge {
  step: Step;
  readonly challenge_id: string;
  readonly actor: string;
  /** As it was registered when the challenge was issued. */
  readonly gpu: GpuView;
  readonly reason: ProofReason;
  readonly companions: Companions | null;
  readonly expected: ExpectedSpeeds;
  readonly echo: string;
  /** Monotonic milliseconds; null until the first byte of the echo is written. */
  echoed_ms: number | null;
  round_trip_ms: number;
  /** Planned when the round trip is known. */
  size: ProofSize | null;
  limits_ms: Readonly<Record<Stage, number>> | null;
  readonly stages: Record<Stage, StageRecord>;
  draw: Draw | null;
  /** Monotonic milliseconds by which the step is over; null while the registry is who works. */
  deadline_ms: number | null;
}

/** Where a nonce will be. */
export function noNonce(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(NONCE_BYTES);
}

/** What a challenge is before anything was said. */
export function unstarted() {
  const blank = (): StageRecord => ({ nonce: noNonce(), t0_ms: null, t1_ms: null, roots: [] });
  return {
    step: "issued" as const,
    echoed_ms: null,
    round_trip_ms: 0,
    size: null,
    limits_ms: null,
    stages: { matrix: blank(), chain: blank(), sweep: blank() },
    draw: null,
    deadline_ms: null,
  };
}
