import { API_BASE } from "../../protocol/api.ts";
import { PriceQuery } from "../../protocol/queries.ts";
import { readQuery } from "../query.ts";
import { json } from "../respond.ts";
import { settledArchive } from "../settled_archive.ts";
import type { App, Services } from "../services.ts";

/** What GPUs were rented for: bars by class and hour, the newest hour first. */
export function priceRoutes(app: App, { sequencer, store, projector }: Services): void {
  app.get(`${API_BASE}/prices`, async (c) => {
    const { class: chip = null, limit } = readQuery(c.req.raw, PriceQuery);
    await settledArchive({ sequencer, projector });
    return json({ bars: await store.archive.prices({ class: chip, limit }) });
  });
}
