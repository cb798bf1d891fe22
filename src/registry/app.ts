import { Hono, type MiddlewareHandler } from "hono";
import { HorizonError } from "../base/errors.ts";
import { MIN_SEQ, Seq } from "../protocol/queries.ts";
import { validate } from "../protocol/validate.ts";
import { pageRoutes, type ShowError } from "./pages/routes.tsx";
import { problemResponse } from "./problem_response.ts";
import { auctionRoutes } from "./routes/auctions.ts";
import { backupRoutes } from "./routes/backup.ts";
import { bidRoutes } from "./routes/bids.ts";
import { blobRoutes } from "./routes/blobs.ts";
import { challengeRoutes } from "./routes/challenges.ts";
import { feedRoutes } from "./routes/feed.ts";
import { gpuRoutes } from "./routes/gpus.ts";
import { healthRoutes } from "./routes/health.ts";
import { intentRoutes } from "./routes/intents.ts";
import { homeRoutes } from "./routes/homes.ts";
import { jobLogRoutes } from "./routes/job_logs.ts";
import { nodeRoutes } from "./routes/node.ts";
import { openApiRoutes } from "./routes/openapi.ts";
import { peerRoutes } from "./routes/peers.ts";
import { priceRoutes } from "./routes/prices.ts";
import { proofRoutes } from "./routes/proofs.ts";
import { providerRoutes } from "./routes/provider.ts";
import { recordRoutes } from "./routes/records.ts";
import { sessionRoutes } from "./routes/sessions.ts";
import { walletRoutes } from "./routes/wallet.ts";
import type { App, RouteEnv, Services } from "./services.ts";
import { refuseUnsharedFiles } from "./unshared_files.ts";

/** How long a read waits for the seq that it asks for. */
const MIN_SEQ_WAIT_MS = 5_000;
const BESIDE = new Set([
  "/healthz",
  "/readyz",
  "/metrics",
  "/openapi.json",
  "/health",
  "/live",
]);

/** The registry's HTTP interface: all routes of `protocol/api.ts`. */
export function buildApp(services: Services): App {
  const app: App = new Hono<RouteEnv>();
  homeRoutes(app, services);
  app.use("*", durableReads(services));
  if (!services.keeps_files) refuseUnsharedFiles(app);
  healthRoutes(app, services);
  nodeRoutes(app, services);
  gpuRoutes(app, services);
  recordRoutes(app, services);
  auctionRoutes(app, services);
  bidRoutes(app, services);
  priceRoutes(app, services);
  walletRoutes(app, services);
  intentRoutes(app, services);
  sessionRoutes(app, services);
  feedRoutes(app, services);
  peerRoutes(app, services);
  challengeRoutes(app, services);
  proofRoutes(app, services);
  providerRoutes(app, services);
  jobLogRoutes(app, services);
  blobRoutes(app, services);
  backupRoutes(app, services);
  openApiRoutes(app);
  const { show } = pageRoutes(app, services);
  refuseTheRest(app, show);
  app.onError((thrown, c) => {
    services.log.failure(`${c.req.method} ${c.req.routePath}`, thrown);
    return problemResponse(thrown);
  });
  return app;
}

/**
 * Reads are answered from memory, which is ahead of the disk: no answer leaves before the events that
 * it is as of are durable. With `min_seq` it also waits until that seq is there.
 */
function durableReads({ sequencer }: Services): MiddlewareHandler<RouteEnv> {
  return async (c, next) => {
    const { method, url } = c.req.raw;
    if ((method !== "GET" && method !== "HEAD") || isBesideTheMarket(c.req.path)) return next();
    await sequencer.ready();
    if (url.includes(MIN_SEQ)) {
      const given = new URL(url).searchParams.get(MIN_SEQ);
      const seq = given === null ? 0 : validate(Seq, given, MIN_SEQ);
      await sequencer.feed.whenDurableWithin(seq, MIN_SEQ_WAIT_MS);
    }
    await next();
    const as_of_seq = c.get("as_of_seq") ?? sequencer.head.seq;
    if (as_of_seq > sequencer.feed.head.seq) await sequencer.feed.whenDurable(as_of_seq);
  };
}

/** What tells nothing of the market, or is asked when the market isn't well. */
function isBesideTheMarket(path: string): boolean {
  return BESIDE.has(path) || path.startsWith("/assets/");
}

/** A known path with another method is 405 and says which it takes; an unknown one is 404. */
function refuseTheRest(app: App, show: ShowError): void {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (!path.endsWith("*")) methods.set(path, (methods.get(path) ?? new Set()).add(method));
  }
  for (const [path, known] of methods) {
    const allow = [...known].join(", ");
    app.all(path, () => {
      const error = new HorizonError("not_allowed", `This path takes only ${allow}.`);
      const response = problemResponse(error);
      response.headers.set("allow", allow);
      return response;
    });
  }
  app.notFound((c) => show(c, new HorizonError("not_found", "There is no such path.")));
}
