import { API_BASE, ChallengeRequest, RootRequest } from "../../protocol/api.ts";
import { MAX_ANSWER_BYTES } from "../../proof/openings.ts";
import { validate } from "../../protocol/validate.ts";
import { parseJson, readBytes, readJson } from "../body.ts";
import { json } from "../respond.ts";
import type { App, Services } from "../services.ts";

const REQUEST_BYTES = 4096;
const encoder = new TextEncoder();

/** The three steps of a proof of GPU (DESIGN §5), timed by the registry's own clock. */
export function challengeRoutes(app: App, { challenges, sessions, clock }: Services): void {
  app.post(`${API_BASE}/challenges`, async (c) => {
    const { actor } = sessions.holder(c.req.header("authorization"));
    const body = await readJson(c.req.raw, REQUEST_BYTES);
    const { gpu_id } = validate(ChallengeRequest, body, "The request");
    const { view, written } = challenges.issue(actor, gpu_id);
    return new Response(writtenBody(encoder.encode(JSON.stringify(view)), written), {
      headers: { "content-type": "application/json", "cache-control": "no-store" },
    });
  });

  app.post(`${API_BASE}/challenges/:id/root`, async (c) => {
    const bytes = await readBytes(c.req.raw, REQUEST_BYTES);
    // The prover's time ends here: what the registry does from now on is not his.
    const arrived_ms = clock.monotonic();
    const { actor } = sessions.holder(c.req.header("authorization"));
    const { root } = validate(RootRequest, parseJson(bytes), "The request");
    return json({ indices: challenges.commit(actor, c.req.param("id"), root, arrived_ms) });
  });

  app.post(`${API_BASE}/challenges/:id/answer`, async (c) => {
    const { actor } = sessions.holder(c.req.header("authorization"));
    const answer = await readBytes(c.req.raw, MAX_ANSWER_BYTES);
    const arrived_ms = clock.monotonic();
    return json(await challenges.answer(actor, c.req.param("id"), answer, arrived_ms));
  });
}

/** A body that calls `written` right before its bytes go out, when the server asks for them. */
function writtenBody(bytes: Uint8Array<ArrayBuffer>, written: () => void): ReadableStream {
  return new ReadableStream({
    pull(controller) {
      written();
      controller.enqueue(bytes);
      controller.close();
    },
  }, { highWaterMark: 0 });
}
