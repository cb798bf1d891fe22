import { HorizonError } from "../../base/errors.ts";
import { type Bid, bidView, explainOrder } from "../../market/market.ts";
import { API_BASE } from "../../protocol/api.ts";
import { BidView } from "../../protocol/auction.ts";
import { BidId } from "../../protocol/text.ts";
import { BidQuery, OneBidQuery } from "../../protocol/queries.ts";
import { validate } from "../../protocol/validate.ts";
import { readParam, readQuery } from "../query.ts";
import { pageOf } from "../record_page.ts";
import { json } from "../respond.ts";
import { settledArchive } from "../settled_archive.ts";
import type { App, Services } from "../services.ts";

/** Bids: those in memory are listed, the archive still finds an ended one by its id. */
export function bidRoutes(app: App, services: Services): void {
  const { sequencer } = services;

  app.get(`${API_BASE}/bids`, (c) => {
    const { actor, gpu_id, auction_id, state, limit, cursor } = readQuery(c.req.raw, BidQuery);
    const accepts = (bid: Bid) =>
      (actor === undefined || bid.bidder === actor) &&
      (gpu_id === undefined || bid.gpu_id === gpu_id) &&
      (auction_id === undefined || bid.auction_id === auction_id) &&
      (state === undefined || bid.state === state);
    const { shown, next_cursor } = pageOf(sequencer.state.bids, accepts, { limit, cursor });
    return json({ bids: shown.map(bidView), next_cursor });
  });

  app.get(`${API_BASE}/bids/:bid_id`, async (c) => {
    const { explain } = readQuery(c.req.raw, OneBidQuery);
    const bid_id = readParam(c.req.param("bid_id"), BidId, "bid_not_found");
    const bid = sequencer.state.bids.get(bid_id);
    if (bid === undefined) {
      const ended = await archivedBid(bid_id, services);
      return json(explain ? { bid: ended, misses: [] } : ended);
    }
    const view = bidView(bid);
    if (!explain) return json(view);
    return json({ bid: view, misses: explainOrder(sequencer.state, bid) });
  });
}

async function archivedBid(
  bid_id: string,
  { sequencer, store, projector }: Services,
): Promise<BidView> {
  await settledArchive({ sequencer, projector });
  const archived = await store.archive.bid(bid_id);
  if (archived !== null) return validate(BidView, archived, "An archived bid", "data_corrupt");
  throw new HorizonError("bid_not_found", `There is no bid ${bid_id} here.`);
}
