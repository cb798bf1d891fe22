import * as z from "zod";
import { Verdict } from "./gpu.ts";
import { ProofReason, ProofTranscript } from "./proof.ts";
import { ActorId, GpuId, Sha256Hex, TimeMs, Ulid } from "./text.ts";

/** One verdict on a GPU, as it stands in the feed. */
export const ProofSummary = z.strictObject({
  gpu_id: GpuId,
  /** The key that proved it: a proof is bound to it. */
  owner: ActorId,
  challenge_id: Ulid,
  /** The event that carries the verdict. */
  seq: z.int().min(1),
  at: TimeMs,
  verdict: Verdict,
  listed: z.boolean(),
  /** Null in the feeds of before there were reasons. */
  reason: ProofReason.nullable(),
  answer_sha256: Sha256Hex.nullable(),
});
export type ProofSummary = z.infer<typeof ProofSummary>;

/** The same with what was said in it; null where the proof did not get that far. */
export const ProofRecord = ProofSummary.extend({ proof: ProofTranscript.nullable() });
export type ProofRecord = z.infer<typeof ProofRecord>;

/** Verdicts on a GPU, the newest first. */
export const ProofPage = z.strictObject({
  proofs: z.array(ProofSummary),
  next_cursor: z.string().max(256).nullable(),
});
export type ProofPage = z.infer<typeof ProofPage>;
