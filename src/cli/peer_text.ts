import { formatDuration } from "../base/time_text.ts";
import type { PeerView } from "../protocol/network.ts";
import { nodeLabel } from "./nodes.ts";
import { printable } from "../base/printable.ts";
import { table } from "./table.ts";

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

/** The nodes that a registry knows, one a line, each with what is wrong below the table. */
export function peerTable(
  peers: readonly PeerView[],
  now_ms: number,
  colour: boolean,
): string {
  const columns = [
    { heading: "NODE" },
    { heading: "STATE" },
    { heading: "DIRECTION" },
    { heading: "TRUST" },
    { heading: "LAG", numeric: true },
    { heading: "CONTACT" },
    { heading: "MS", numeric: true },
    { heading: "GPUS", numeric: true },
    { heading: "SOFTWARE" },
  ] as const;
  const rows = peers.map((peer) => [
    nodeLabel(peer) + (peer.connected ? "" : " *"),
    peer.state.replace("_", " "),
    peer.direction,
    peer.trust,
    lagText(peer),
    peer.last_contact_at === null ? "never" : `${ago(now_ms - peer.last_contact_at)} ago`,
    peer.round_trip_ms === null ? "" : peer.round_trip_ms.toFixed(1),
    String(peer.listings),
    peer.record?.software ?? "",
  ]);
  const reasons = peers.flatMap((peer) =>
    peer.reason === null ? [] : [printable(`${nodeLabel(peer)}: ${peer.reason}`) + "\n"]
  );
  const learned = peers.some(({ connected }) => !connected) ? ["* learned of from others\n"] : [];
  return [table(columns, rows, colour), ...learned, ...reasons].join("");
}

function lagText({ lag_events, lag_ms }: PeerView): string {
  if (lag_events === null) return "unknown";
  return lag_events === 0 ? "0" : `${lag_events}, ${ago(lag_ms ?? 0)}`;
}

/** A time that has passed, to the second below an hour, then to the minute. */
function ago(ms: number): string {
  return formatDuration(Math.max(0, Math.round(ms / 1000)));
}
