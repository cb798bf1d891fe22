import * as z from "zod";
import { ActorId, Line, TimeMs } from "./text.ts";

/** An actor's money at a registry, in micro-dollars. */
export const WalletView = z.strictObject({
  actor: ActorId,
  available_micros: z.int().min(0),
  /** Set aside for live leases and open bids. */
  held_micros: z.int().min(0),
  /** Received for leased GPUs; it can be spent. */
  earned_micros: z.int().min(0),
});
export type WalletView = z.infer<typeof WalletView>;

/** One posting to an actor's account, with the event behind it. */
export const Movement = z.strictObject({
  seq: z.int().min(1),
  at: TimeMs,
  account: z.enum(["available", "held", "earned"]),
  /** Signed: negative leaves the account. */
  amount_micros: z.int(),
  /** Type of the event. */
  type: Line,
  /** The lease, bid, auction or GPU that it is about. */
  ref: z.string().nullable(),
});
export type Movement = z.infer<typeof Movement>;
