import { formatDollars } from "../base/money.ts";
import { formatDuration, formatTime } from "../base/time_text.ts";
import type { LeaseView } from "../protocol/lease.ts";
import { facts, type Look, table } from "./table.ts";

/** A lease in lines. */
export function leaseFacts(lease: LeaseView): string {
  return facts([
    ["lease", lease.lease_id],
    ["GPU", lease.gpu_id],
    ["state", lease.reason === null ? lease.state : `${lease.state} (${lease.reason})`],
    ["price", `${formatDollars(lease.price_micros_per_hour)} an hour`],
    ["started", formatTime(lease.started_at)],
    lease.ended_at === null
      ? ["ends", formatTime(lease.ends_at)]
      : ["ended", formatTime(lease.ended_at)],
    ["used", formatDuration(lease.metered_s)],
    ["cost", formatDollars(lease.cost_micros)],
    ["held", formatDollars(lease.state === "live" ? lease.hold_micros : 0)],
  ]);
}

/** Leases, one a line. */
export function leaseTable(leases: readonly LeaseView[], look: Look): string {
  const columns = [
    { heading: "LEASE" },
    { heading: "GPU" },
    { heading: "STATE" },
    { heading: "PRICE/H", numeric: true },
    { heading: "USED" },
    { heading: "COST", numeric: true },
    { heading: "UNTIL" },
  ] as const;
  const rows = leases.map((lease) => [
    lease.lease_id,
    lease.gpu_id,
    lease.reason ?? lease.state,
    formatDollars(lease.price_micros_per_hour),
    formatDuration(lease.metered_s),
    formatDollars(lease.cost_micros),
    formatTime(lease.ended_at ?? lease.ends_at),
  ]);
  return table(columns, rows, look);
}
