import type { MatrixSize } from "./size.ts";

/** What a provider says of its adapter, as WebGPU reports it. Nothing here is trusted. */
export interface AdapterClaim {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly is_fallback: boolean;
}

/** What was measured: integers only, since figures enter the signed feed. */
export interface ProofFigures extends MatrixSize {
  /** u32 G-operations a second, by the registry's clock. */
  readonly gops: number;
  /** What the product took. */
  readonly elapsed_ms: number;
  /** Of the chain, in u32 G-operations a second. Absent, as all below, where it was not measured. */
  readonly chain_gops?: number;
  readonly chain_ms?: number;
  /** Of the sweeps over what stays resident. */
  readonly memory_mb_per_s?: number;
  readonly sweep_ms?: number;
  /** What stayed on the GPU from the product to the last sweep, in 10^6 bytes. */
  readonly resident_mb?: number;
  /** Measured before the proof, and subtracted from nothing. */
  readonly round_trip_ms?: number;
}

/**
 * The outcome of a proof, in order of precedence: `failed` (with its step), `implausible` (with what
 * contradicts the claim), `software`, `verified`.
 */
export interface Verdict {
  readonly verdict: "verified" | "software" | "implausible" | "failed";
  /** The id of the chip's class, "software", or "unknown". */
  readonly class: string;
  /** A sentence that names the figures. */
  readonly reason: string;
  readonly figures: ProofFigures;
  /** The facts that contradict the claim, as `name: value` texts. */
  readonly contradicts: string[];
  readonly step: string | null;
  /** What a reader should know of a claim that holds, as `name: value` texts. Absent if nothing. */
  readonly warnings?: string[];
}
