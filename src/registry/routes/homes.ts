import { HorizonError } from "../../base/errors.ts";
import { API_BASE } from "../../protocol/api.ts";
import { ActorId } from "../../protocol/text.ts";
import { readParam } from "../query.ts";
import { relay } from "../relay.ts";
import type { App, Services } from "../services.ts";

/**
 * Requests for another registry, by way of this one: an intent stays as it was signed, and its home
 * answers it (DESIGN §7). They come before the routes of this registry's own reads.
 */
export function homeRoutes(app: App, services: Services): void {
  app.all(`${API_BASE}/homes/:node_id/*`, async (c) => {
    const node_id = readParam(c.req.param("node_id"), ActorId, "peer_not_found");
    const { pathname, search } = new URL(c.req.url);
    const path = pathname.slice(`${API_BASE}/homes/${node_id}`.length) + search;
    // One step only: a request that is passed on and on would come round again.
    if (!path.startsWith(`${API_BASE}/`) || path.startsWith(`${API_BASE}/homes/`)) {
      throw new HorizonError("not_allowed", "Only a registry's own paths are passed on.");
    }
    if (node_id !== services.node.id) return await relay(node_id, path, c.req.raw, services);
    return await app.fetch(new Request(new URL(path, c.req.url), c.req.raw));
  });
}
