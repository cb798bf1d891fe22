import { json } from "../respond.ts";
import type { App, Services } from "../services.ts";

/** What a supervisor, a load balancer and a monitor ask. */
export function healthRoutes(app: App, { metrics, sequencer }: Services): void {
  app.get("/healthz", () => json({ status: "ok" }));

  app.get("/readyz", async () => {
    await sequencer.ready();
    return json({ status: "ready", seq: sequencer.feed.head.seq });
  });

  app.get("/metrics", () => {
    const headers = { "content-type": "text/plain; version=0.0.4", "cache-control": "no-store" };
    return new Response(metrics.text(), { headers });
  });
}
