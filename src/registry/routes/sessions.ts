import { API_BASE } from "../../protocol/api.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { readJson } from "../body.ts";
import { json } from "../respond.ts";
import type { App, Services } from "../services.ts";

/** Session tokens (DESIGN §3). */
export function sessionRoutes(app: App, { sessions }: Services): void {
  app.post(`${API_BASE}/sessions`, async (c) => {
    return json(await sessions.open(await readJson(c.req.raw, LIMITS.intent_bytes)));
  });
}
