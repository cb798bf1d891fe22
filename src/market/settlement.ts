import { HorizonError } from "../base/errors.ts";
import { costMicros } from "../base/money.ts";
import type { EventData, EventDraft } from "../protocol/feed.ts";
import { feeMicros } from "./ledger.ts";
import { meteredSeconds } from "./metering.ts";
import type { Lease, MarketState } from "./state.ts";

/** Ends that cost the renter nothing: what was used is no longer what was promised. */
const FREE_REASONS: ReadonlySet<string> = new Set(["deregistered", "proof_failed"]);

/** The end of a lease at a time, with its bill. A GPU that its owner takes away costs nothing. */
export function leaseEnded(
  state: MarketState,
  lease: Lease,
  reason: EventData["lease.ended"]["reason"],
  at: number,
): EventDraft {
  const metered_s = meteredSeconds(lease, at);
  const cost_micros = FREE_REASONS.has(reason)
    ? 0
    : costMicros(lease.price_micros_per_hour, metered_s);
  const refund_micros = lease.hold_micros - cost_micros;
  if (refund_micros < 0) {
    throw new HorizonError("state_mismatch", `${lease.lease_id} costs more than its hold.`);
  }
  const fee_micros = feeMicros(cost_micros, state.settings.fee_bps);
  const { lease_id } = lease;
  const data = { lease_id, reason, metered_s, cost_micros, fee_micros, refund_micros };
  return { type: "lease.ended", data };
}
