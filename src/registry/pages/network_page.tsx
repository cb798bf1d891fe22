import type { EvidencePage } from "../../protocol/network.ts";
import type { PeersView, PeerView } from "../../protocol/network.ts";
import { nodeLabel } from "../../protocol/node_label.ts";
import { freshness, lagText } from "../../protocol/peer_freshness.ts";
import { Layout } from "./layout.tsx";
import { Badge, Command, Facts, Scroll, Time } from "./parts.tsx";

export interface NetworkPageProps {
  view: PeersView;
  evidence: EvidencePage["evidence"];
  /** Where this registry is reached. */
  url: string;
  now_ms: number;
}

/** The registries that this one knows, and how well. */
export function NetworkPage({ view, evidence, url, now_ms }: NetworkPageProps) {
  const { self, head, peers, peers_only } = view;
  const urls = self.urls.length === 0 ? "nowhere from outside" : self.urls.join(", ");
  return (
    <Layout title="Network" section="/network" live="/live?of=network" now_ms={now_ms}>
      <div data-part="self">
        <Facts
          of={[
            ["This registry", <code>{self.node_id}</code>],
            ["Network", self.network],
            ["Software", self.software],
            ["Reached at", peers_only ? `${urls}; its feed is for connected peers alone` : urls],
            ["Feed", head === null ? "empty" : `${head.seq} events, epoch ${head.epoch}`],
          ]}
        />
      </div>
      <section aria-labelledby="peers" data-part="peers">
        <h2 id="peers">Peers</h2>
        <Scroll label="Peers">
          {peers.length === 0
            ? <p class="empty">None.</p>
            : <PeerTable peers={peers} now_ms={now_ms} />}
        </Scroll>
        {peers.map(({ node_id, alias, reason }) =>
          reason === null ? null : <p class="bad">{nodeLabel({ node_id, alias })}: {reason}</p>
        )}
        <p>An operator connects this registry to another one by:</p>
        <Command>horizon network connect {url}</Command>
      </section>
      <section aria-labelledby="evidence" data-part="evidence">
        <h2 id="evidence">Evidence against liars</h2>
        {evidence.length === 0
          ? <p>None.</p>
          : evidence.map(({ id, evidence: { node, kind, message, found_at } }) => (
            <Facts
              of={[
                ["Node", <code>{node}</code>],
                [kind, message],
                ["Found", <Time at={found_at} />],
                ["Evidence", <code>{id}</code>],
              ]}
            />
          ))}
      </section>
    </Layout>
  );
}

function PeerTable({ peers, now_ms }: { peers: readonly PeerView[]; now_ms: number }) {
  return (
    <table>
      <thead>
        <tr>
          <th>Node</th>
          <th>State</th>
          <th>Trust</th>
          <th>Behind, events</th>
          <th class="wide">Known</th>
          <th class="wide">Direction</th>
          <th class="number wide">Round trip, ms</th>
          <th class="number">Free GPUs</th>
          <th class="wide">Software</th>
        </tr>
      </thead>
      <tbody>
        {peers.map((peer) => (
          <tr>
            <td>
              <a href={`/?home=${peer.node_id}`} title={peer.node_id}>{nodeLabel(peer)}</a>
              {peer.connected ? "" : " (learned of)"}
            </td>
            <td>
              <Badge word={peer.state.replace("_", " ")} />
            </td>
            <td>
              <Badge word={peer.trust} />
            </td>
            <td>{lagText(peer)}</td>
            <td class="wide">{freshness(peer, now_ms)}</td>
            <td class="wide">{peer.direction}</td>
            <td class="number wide">{peer.round_trip_ms ?? "-"}</td>
            <td class="number">{peer.listings}</td>
            <td class="wide">{peer.record?.software ?? "-"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
