import * as z from "zod";
import { LIMITS } from "./limits.ts";
import { ActorId, GpuId, LeaseId, Line, PriceMicrosPerHour, TimeMs } from "./text.ts";

/** A lease as reads show it. */
export const LeaseView = z.strictObject({
  lease_id: LeaseId,
  gpu_id: GpuId,
  renter: ActorId,
  owner: ActorId,
  price_micros_per_hour: PriceMicrosPerHour,
  duration_s: z.int().min(0),
  hold_micros: z.int().min(0),
  state: z.enum(["live", "ended"]),
  /** Why it ended: `expired`, `ended_by_renter`, `provider_offline`, `deregistered`. */
  reason: Line.max(LIMITS.name_chars).nullable(),
  started_at: TimeMs,
  ends_at: TimeMs,
  ended_at: TimeMs.nullable(),
  /** Metered seconds so far (live: up to the last event), without offline time. */
  metered_s: z.int().min(0),
  cost_micros: z.int().min(0),
});
export type LeaseView = z.infer<typeof LeaseView>;
