import type { Context } from "hono";
import * as z from "zod";
import { HorizonError } from "../../base/errors.ts";
import { problemOf } from "../../protocol/problem.ts";
import { AuctionId, GpuId } from "../../protocol/text.ts";
import { problemResponse } from "../problem_response.ts";
import { readQuery } from "../query.ts";
import type { App, RouteEnv, Services } from "../services.ts";
import type { Subject } from "../subjects.ts";
import { assetNamed } from "./assets.ts";
import { ErrorPage } from "./error_page.tsx";
import { changes } from "./live.ts";
import { auctionPage, auctionsPage } from "./read_auctions.tsx";
import { gpuPage } from "./read_gpu.tsx";
import { gpusPage } from "./read_gpus.tsx";
import { healthPage } from "./read_health.tsx";
import { networkPage } from "./read_network.tsx";
import { htmlBytes, page } from "./show.ts";

/** What a page's stream is of. */
const LiveQuery = z.discriminatedUnion("of", [
  z.strictObject({ of: z.enum(["gpus", "auctions", "network", "health"]) }),
  z.strictObject({ of: z.literal("gpu"), id: GpuId }),
  z.strictObject({ of: z.literal("auction"), id: AuctionId }),
]);
/** Lag and load change without an event: those who look at them are told this often. */
const PULSE_MS = 5_000;
/** An asset's address changes with its content; under another one it may change. */
const KEPT = "public, max-age=31536000, immutable";
const NOT_KEPT = "no-cache";

/** Answers a person who asked for what isn't there, or who asked wrongly. */
export type ShowError = (c: Context<RouteEnv>, thrown: unknown) => Promise<Response>;

/**
 * The web page: it only reads. What went wrong is a page too, which `show` makes, for whoever asks for
 * HTML.
 */
export function pageRoutes(app: App, services: Services): { show: ShowError } {
  const show: ShowError = async (c, thrown) => {
    if (!(c.req.header("accept") ?? "").includes("text/html")) return problemResponse(thrown);
    const problem = problemOf(thrown);
    const response = page(await htmlBytes(<ErrorPage problem={problem} />), problem.status);
    const retry_after = problemResponse(thrown).headers.get("retry-after");
    if (retry_after !== null) response.headers.set("retry-after", retry_after);
    return response;
  };
  const get = (path: string, read: (c: Context<RouteEnv>) => Promise<Response>) =>
    app.get(path, async (c) => {
      try {
        return await read(c);
      } catch (thrown) {
        if (!(thrown instanceof HorizonError)) {
          services.log.failure(`${c.req.method} ${path}`, thrown);
        }
        return await show(c, thrown);
      }
    });

  get("/", (c) => gpusPage(c.req.raw, services));
  get("/gpus/:gpu_id", (c) => gpuPage(c.req.param("gpu_id") ?? "", c.req.raw, services));
  get("/auctions", () => auctionsPage(services));
  get("/auctions/:auction_id", (c) => auctionPage(c.req.param("auction_id") ?? "", services));
  get("/network", (c) => networkPage(c.req.raw, services));
  get("/health", () => healthPage(services));

  app.get("/live", (c) => {
    const asked = readQuery(c.req.raw, LiveQuery);
    const subject: Subject = "id" in asked
      ? `${asked.of} ${asked.id}`
      : asked.of === "gpus" || asked.of === "auctions"
      ? asked.of
      : "head";
    const pulse_ms = asked.of === "network" || asked.of === "health" ? PULSE_MS : null;
    return services.streams.respond(({ signal }) => changes(subject, services, signal, pulse_ms));
  });

  app.get("/assets/:name", (c) => {
    const asset = assetNamed(c.req.param("name"));
    if (asset === undefined) throw new HorizonError("not_found", "There is no such file.");
    const isAsLinked = asset.href.endsWith(`?v=${c.req.query("v")}`);
    const cache_control = isAsLinked ? KEPT : NOT_KEPT;
    const headers = { "content-type": asset.type, "cache-control": cache_control };
    return new Response(asset.text, { headers });
  });

  return { show };
}
