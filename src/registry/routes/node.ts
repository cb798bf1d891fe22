import { VERSION } from "../../base/version.ts";
import { API_BASE, type NodeInfo } from "../../protocol/api.ts";
import { NETWORK, PROTOCOL_VERSION } from "../../protocol/feed.ts";
import { json } from "../respond.ts";
import type { App, Services } from "../services.ts";

/** Who this registry is, what it decides by, and how far its feed is. */
export function nodeRoutes(app: App, { node, sequencer, clock }: Services): void {
  app.get(`${API_BASE}/node`, () => {
    const info: NodeInfo = {
      node_id: node.id,
      network: NETWORK,
      protocol: PROTOCOL_VERSION,
      software: `horizon/${VERSION}`,
      settings: sequencer.state.settings,
      head: sequencer.feed.head,
      now: clock.now(),
    };
    return json(info);
  });
}
