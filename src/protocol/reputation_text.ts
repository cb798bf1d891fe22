import { formatDuration } from "../base/time_text.ts";
import type { Reputation } from "./reputation.ts";

/** A reputation in one word: its score, "new", or "-" where none is counted. */
export function reputationWord(reputation: Reputation | undefined): string {
  if (reputation === undefined) return "-";
  return reputation.score === null ? "new" : reputation.score.toFixed(2);
}

/** A score counts whole hours, so what came in less than one says nothing yet. */
const LEAST_LISTED_MS = 3_600_000;

/** The share of its time on offer that it was proven and online, in whole per cent; null if too short. */
export function uptimePercent({ listed_ms, uptime_ms }: Reputation): number | null {
  return listed_ms < LEAST_LISTED_MS ? null : Math.floor(100 * uptime_ms / listed_ms);
}

/** A reputation and what it comes from, as lines of facts. */
export function reputationFacts(reputation: Reputation | undefined): [string, string][] {
  if (reputation === undefined) return [];
  const { jobs, proofs, leases_broken, listed_ms } = reputation;
  const online = uptimePercent(reputation);
  const word = reputationWord(reputation);
  return [
    ["reputation", reputation.is_new ? "new: too little is known of it" : `${word} of 1`],
    [
      "jobs",
      `${jobs.succeeded} succeeded; failed: ${jobs.failed_provider} by its provider, ` +
      `${jobs.failed_renter} by the renter, ${jobs.failed_network} by the network`,
    ],
    ["leases broken", String(leases_broken)],
    ["proofs", `${proofs.passed} passed, ${proofs.failed} failed`],
    [
      "uptime",
      online === null
        ? "less than an hour is counted yet"
        : `${online} % of ${formatDuration(Math.floor(listed_ms / 1000))}`,
    ],
  ];
}
