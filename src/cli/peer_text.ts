import type { PeerView } from "../protocol/network.ts";
import { nodeLabel } from "../protocol/node_label.ts";
import { ago, lagText } from "../protocol/peer_freshness.ts";
import { printable } from "../base/printable.ts";
import { type Look, table } from "./table.ts";

/** The nodes that a registry knows, one a line, each with what is wrong below the table. */
export function peerTable(
  peers: readonly PeerView[],
  now_ms: number,
  look: Look,
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
  return [table(columns, rows, look), ...learned, ...reasons].join("");
}
