import { API_BASE, PollRequest } from "../../protocol/api.ts";
import { validate } from "../../protocol/validate.ts";
import { readJson } from "../body.ts";
import { poll } from "../polls.ts";
import { json } from "../respond.ts";
import type { App, Services } from "../services.ts";

const REQUEST_BYTES = 64 * 1024;

/** Where providers ask for work. */
export function providerRoutes(app: App, services: Services): void {
  app.post(`${API_BASE}/provider/poll`, async (c) => {
    const { actor } = services.sessions.holder(c.req.header("authorization"));
    const body = await readJson(c.req.raw, REQUEST_BYTES);
    const request = validate(PollRequest, body, "The poll");
    return json(await poll(actor, request, c.req.raw.signal, services));
  });
}
