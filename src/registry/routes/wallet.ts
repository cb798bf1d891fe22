import { walletView } from "../../market/market.ts";
import { API_BASE } from "../../protocol/api.ts";
import { HistoryQuery } from "../../protocol/queries.ts";
import { ActorId } from "../../protocol/text.ts";
import { readParam, readQuery } from "../query.ts";
import { json } from "../respond.ts";
import { settledArchive } from "../settled_archive.ts";
import type { App, Services } from "../services.ts";

/** Money: what an actor has, and how it moved. Public, as the feed is. */
export function walletRoutes(app: App, { sequencer, store, projector }: Services): void {
  app.get(`${API_BASE}/wallet/:actor`, (c) => {
    const actor = readParam(c.req.param("actor"), ActorId, "not_found");
    return json(walletView(sequencer.state, actor));
  });

  app.get(`${API_BASE}/wallet/:actor/history`, async (c) => {
    const actor = readParam(c.req.param("actor"), ActorId, "not_found");
    const { before, limit } = readQuery(c.req.raw, HistoryQuery);
    const [seq = 0, n = 0] = before?.split(".").map(Number) ?? [];
    await settledArchive({ sequencer, projector });
    const place = before === undefined ? null : { seq, n };
    const found = await store.archive.history(actor, { before: place, limit: limit + 1 });
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    const next_cursor = last === undefined ? null : `${last.seq}.${last.n}`;
    return json({ movements: shown.map(({ row }) => row), next_cursor });
  });
}
