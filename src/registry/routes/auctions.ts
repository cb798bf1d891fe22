import { HorizonError } from "../../base/errors.ts";
import { type Auction, auctionView } from "../../market/market.ts";
import { API_BASE } from "../../protocol/api.ts";
import { SecretOpening } from "../../protocol/auction.ts";
import { AuctionQuery } from "../../protocol/queries.ts";
import { validate } from "../../protocol/validate.ts";
import { readJson } from "../body.ts";
import { findAuction } from "../find_auction.ts";
import { readQuery } from "../query.ts";
import { pageOf } from "../record_page.ts";
import { json } from "../respond.ts";
import { takeOpening } from "../sealed_bids.ts";
import type { App, Services } from "../services.ts";

const OPENING_BYTES = 4096;

/** Auctions: those in memory are listed, the archive still finds an ended one by its id. */
export function auctionRoutes(app: App, services: Services): void {
  const { sequencer, sessions, keyRates } = services;

  app.get(`${API_BASE}/auctions`, (c) => {
    const { gpu_id, owner, state, limit, cursor } = readQuery(c.req.raw, AuctionQuery);
    const accepts = (auction: Auction) =>
      (gpu_id === undefined || auction.gpu_ids.includes(gpu_id)) &&
      (owner === undefined || auction.owner === owner) &&
      (state === undefined || auction.state === state);
    const { auctions } = sequencer.state;
    const { shown, next_cursor } = pageOf(auctions, accepts, { limit, cursor });
    return json({ auctions: shown.map(auctionView), next_cursor });
  });

  app.get(`${API_BASE}/auctions/:auction_id`, async (c) => {
    return json(await findAuction(c.req.param("auction_id"), services));
  });

  app.post(`${API_BASE}/auctions/:auction_id/openings`, async (c) => {
    const { actor } = sessions.holder(c.req.header("authorization"));
    keyRates.take(actor, 1);
    const body = await readJson(c.req.raw, OPENING_BYTES);
    const secret = validate(SecretOpening, body, "The opening");
    if (secret.auction_id !== c.req.param("auction_id")) {
      throw new HorizonError("invalid_input", "The opening is for another auction than the path.", {
        details: { field: "auction_id" },
      });
    }
    return json({ commitment: await takeOpening(actor, secret, services) });
  });
}
