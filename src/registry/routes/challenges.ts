import { API_BASE } from "../../protocol/api.ts";
import {
  ChallengeRequest,
  type Judged,
  RootRequest,
  RootsRequest,
  StartRequest,
} from "../../protocol/challenge.ts";
import { HorizonError } from "../../base/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { validate } from "../../protocol/validate.ts";
import { parseJson, readBytesWithin } from "../body.ts";
import type { Receiving, Timed } from "../proving/challenge_deps.ts";
import { json } from "../respond.ts";
import type { App, Services } from "../services.ts";

/** The roots of all sweeps are the longest of these. */
const REQUEST_BYTES = 32 * 1024;
const encoder = new TextEncoder();

/** The stages of a proof of GPU (DESIGN §5), timed by the registry's own clock. */
export function challengeRoutes(app: App, { challenges, sessions, clock }: Services): void {
  /** Who asks, what, and when its last byte was here: what the registry does then is not his time. */
  const read = async (request: Request) => {
    const bytes = await readBytesWithin(request, REQUEST_BYTES, LIMITS.proof_slack_ms);
    const arrived_ms = clock.monotonic();
    const { actor } = sessions.holder(request.headers.get("authorization") ?? undefined);
    return { actor, arrived_ms, body: parseJson(bytes) };
  };

  app.post(`${API_BASE}/challenges`, async (c) => {
    const { actor, body } = await read(c.req.raw);
    const { gpu_id } = validate(ChallengeRequest, body, "The request");
    return timed(challenges.issue(actor, gpu_id));
  });

  app.post(`${API_BASE}/challenges/:id/start`, async (c) => {
    const { actor, arrived_ms, body } = await read(c.req.raw);
    const { echo } = validate(StartRequest, body, "The request");
    return timed(await challenges.start(actor, c.req.param("id"), echo, arrived_ms));
  });

  app.post(`${API_BASE}/challenges/:id/matrix`, async (c) => {
    const { actor, arrived_ms, body } = await read(c.req.raw);
    const { root } = validate(RootRequest, body, "The request");
    return timed(challenges.matrix(actor, c.req.param("id"), root, arrived_ms));
  });

  app.post(`${API_BASE}/challenges/:id/chain`, async (c) => {
    const { actor, arrived_ms, body } = await read(c.req.raw);
    const { root } = validate(RootRequest, body, "The request");
    return timed(challenges.chain(actor, c.req.param("id"), root, arrived_ms));
  });

  app.post(`${API_BASE}/challenges/:id/sweep`, async (c) => {
    const { actor, arrived_ms, body } = await read(c.req.raw);
    const { roots } = validate(RootsRequest, body, "The request");
    return json(await challenges.sweep(actor, c.req.param("id"), roots, arrived_ms));
  });

  app.post(`${API_BASE}/challenges/:id/answer`, async (c) => {
    const { actor } = sessions.holder(c.req.header("authorization"));
    return json(await receive(c.req.raw, challenges.receive(actor, c.req.param("id"))));
  });
}

/** Reads an answer within its bounds of length and time, and has it judged. */
async function receive(request: Request, receiving: Receiving): Promise<Judged> {
  try {
    const { max_bytes, left_ms } = receiving;
    return await receiving.take(await readBytesWithin(request, max_bytes, left_ms));
  } catch (thrown) {
    if (thrown instanceof HorizonError && thrown.code === "too_large") {
      return await receiving.oversized();
    }
    throw thrown;
  } finally {
    receiving.broken();
  }
}

/** An answer whose writing is noted right before its bytes go out, when the server asks for them. */
function timed({ view, written }: Timed<unknown>): Response {
  const bytes = encoder.encode(JSON.stringify(view));
  const body = new ReadableStream({
    pull(controller) {
      written();
      controller.enqueue(bytes);
      controller.close();
    },
  }, { highWaterMark: 0 });
  return new Response(body, {
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
}
