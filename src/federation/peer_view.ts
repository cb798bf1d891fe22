import type { Clock } from "../base/clock.ts";
import type { PeerView } from "../protocol/network.ts";
import type { Followers } from "./followers.ts";
import type { Link } from "./link.ts";
import { countListings } from "./listings.ts";

/** A known node as this registry shows it. */
export function peerView(link: Link, followers: Followers, clock: Clock): PeerView {
  const { entry, status, holder: { replica } } = link;
  const { state, trust, reason, last_contact_at, round_trip_ms, shown_seq, lagging_since } = status;
  const isChecked = trust === "checked";
  const isOut = state === "live" || state === "catching_up" || state === "behind";
  const isIn = followers.has(entry.node_id);
  const isKnown = isChecked && last_contact_at !== null;
  return {
    node_id: entry.node_id,
    alias: entry.alias,
    connected: entry.connected,
    record: entry.record,
    direction: isOut ? (isIn ? "both" : "out") : (isIn ? "in" : "none"),
    state,
    trust,
    head: replica.head,
    lag_events: isKnown ? Math.max(0, shown_seq - replica.taken_seq) : null,
    lag_ms: isKnown ? Math.max(0, clock.now() - (lagging_since ?? clock.now())) : null,
    last_contact_at,
    round_trip_ms: round_trip_ms === null ? null : Math.round(round_trip_ms * 100) / 100,
    listings: isChecked ? countListings(replica.state) : 0,
    reason,
  };
}
