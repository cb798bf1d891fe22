import { formatDuration } from "../base/time_text.ts";
import type { PeerView } from "./network.ts";

/** How well a registry knows what another's GPUs are doing: "live", "12 s behind". */
export function freshness(peer: PeerView, now_ms: number): string {
  const { state, trust, lag_events, lag_ms, last_contact_at } = peer;
  if (trust !== "checked") return trust;
  switch (state) {
    case "live":
      return (lag_events ?? 0) === 0 ? "live" : `${ago(lag_ms ?? 0)} behind`;
    case "catching_up":
      return "catching up";
    case "behind":
      return "shows an old feed";
    case "unreachable":
      return last_contact_at === null
        ? "not reached"
        : `unreachable ${ago(now_ms - last_contact_at)}`;
    case "stopped":
      return "stopped";
  }
}

/** How far a registry is behind a node: "0", "12, 3 s". */
export function lagText({ lag_events, lag_ms }: PeerView): string {
  if (lag_events === null) return "unknown";
  return lag_events === 0 ? "0" : `${lag_events}, ${ago(lag_ms ?? 0)}`;
}

/** A time that has passed, to the second below an hour, then to the minute. */
export function ago(ms: number): string {
  return formatDuration(Math.max(0, Math.round(ms / 1000)));
}
