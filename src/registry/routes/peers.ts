import { HorizonError } from "../../base/errors.ts";
import { API_BASE } from "../../protocol/api.ts";
import { ConnectRequest, NodeRecord } from "../../protocol/network.ts";
import { ActorId } from "../../protocol/text.ts";
import { validate } from "../../protocol/validate.ts";
import { peerView } from "../../federation/peer_view.ts";
import { readJson } from "../body.ts";
import { feedReader } from "../feeds.ts";
import { readParam } from "../query.ts";
import { json } from "../respond.ts";
import type { App, Services } from "../services.ts";

const REQUEST_BYTES = 16 * 1024;

/** Other registries: whom this one knows, and what its operator wants of them. */
export function peerRoutes(app: App, services: Services): void {
  const { federation, clock, sessions, node } = services;
  const requireOperator = (authorization: string | undefined) => {
    if (sessions.holder(authorization).actor === node.id) return;
    throw new HorizonError("forbidden", "Only the registry's operator can do this.");
  };

  app.get(`${API_BASE}/peers`, async (c) => {
    c.set("as_of_seq", 0);
    return json(await federation.view());
  });

  app.post(`${API_BASE}/peers`, async (c) => {
    requireOperator(c.req.header("authorization"));
    const request = validate(
      ConnectRequest,
      await readJson(c.req.raw, REQUEST_BYTES),
      "The request",
    );
    const link = await federation.connect(request);
    return json(peerView(link, federation.followers, clock));
  });

  app.put(`${API_BASE}/peers/:node_id`, async (c) => {
    const value = await readJson(c.req.raw, REQUEST_BYTES);
    const record = validate(NodeRecord, value, "The node record");
    if (record.node_id !== c.req.param("node_id")) {
      throw new HorizonError("wrong_node", "The record is another node's.");
    }
    await federation.introduce(record);
    return json({});
  });

  app.delete(`${API_BASE}/peers/:node_id`, async (c) => {
    requireOperator(c.req.header("authorization"));
    await federation.disconnect(readParam(c.req.param("node_id"), ActorId, "peer_not_found"));
    return json({});
  });

  app.post(`${API_BASE}/peers/:node_id/sync`, async (c) => {
    requireOperator(c.req.header("authorization"));
    const node_id = readParam(c.req.param("node_id"), ActorId, "peer_not_found");
    return json(await federation.sync(node_id));
  });

  app.get(`${API_BASE}/evidence`, (c) => {
    feedReader(c.req.header("authorization"), services);
    c.set("as_of_seq", 0);
    return json(federation.evidence.page());
  });
}
