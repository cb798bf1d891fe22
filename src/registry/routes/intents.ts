import { encodeBase64Url } from "@std/encoding/base64url";
import * as z from "zod";
import { canonicalJson } from "../../base/json.ts";
import { API_BASE, type IntentResult } from "../../protocol/api.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { validate } from "../../protocol/validate.ts";
import { readJson } from "../body.ts";
import { takeEnvelopes } from "../intake.ts";
import { jsonBody } from "../respond.ts";
import type { App, Services } from "../services.ts";

/** The frame of a request; each envelope in it is checked, and answered, on its own. */
const IntentRequest = z.strictObject({
  envelopes: z.array(z.unknown()).min(1).max(LIMITS.intents_per_request),
});
const encoder = new TextEncoder();

/** The one write door to the market (DESIGN §3). */
export function intentRoutes(app: App, services: Services): void {
  app.post(`${API_BASE}/intents`, async (c) => {
    const body = await readJson(c.req.raw, LIMITS.request_bytes);
    const { envelopes } = validate(IntentRequest, body, "The request");
    const results = await takeEnvelopes(envelopes, services);
    return jsonBody(await receiptText(results, services));
  });
}

/** A `Receipt` in its RFC 8785 form; "sig" is the last of its keys. */
async function receiptText(results: IntentResult[], { node }: Services): Promise<string> {
  const text = canonicalJson({ node: node.id, results });
  const sig = encodeBase64Url(await node.signAsync(encoder.encode(text)));
  return `${text.slice(0, -1)},"sig":"${sig}"}`;
}
