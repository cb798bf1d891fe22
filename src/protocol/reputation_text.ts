import { formatDuration } from "../base/time_text.ts";
import type { Reputation } from "./reputation.ts";

/** A reputation in one word: its score, "new", or "-" where none is counted. */
export function reputationWord(reputation: Reputation | undefined): string {
  if (reputation === undefined) return "-";
  return reputation.score === null ? "new" : reputation.score.toFixed(2);
}

/** A reputation and what it comes from, as lines of facts. */
export function reputationFacts(reputation: Reputation | undefined): [string, string][] {
  if (reputation === undefined) return [];
  const { jobs, proofs, leases_broken, listed_ms, uptime_ms } = reputation;
  const online = listed_ms === 0 ? 0 : Math.floor(100 * uptime_ms / listed_ms);
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
    ["uptime", `${online} % of ${formatDuration(Math.floor(listed_ms / 1000))}`],
  ];
}
