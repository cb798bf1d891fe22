import { HorizonError } from "../base/errors.ts";
import { auctionView } from "../market/market.ts";
import { AuctionView } from "../protocol/auction.ts";
import { AuctionId } from "../protocol/text.ts";
import { validate } from "../protocol/validate.ts";
import { readParam } from "./query.ts";
import type { Services } from "./services.ts";
import { settledArchive } from "./settled_archive.ts";

/** An auction in memory or in the archive. Throws `auction_not_found`. */
export async function findAuction(given: string, services: Services): Promise<AuctionView> {
  const { sequencer, store, projector } = services;
  const auction_id = readParam(given, AuctionId, "auction_not_found");
  const auction = sequencer.state.auctions.get(auction_id);
  if (auction !== undefined) return auctionView(auction);
  await settledArchive({ sequencer, projector });
  const archived = await store.archive.auction(auction_id);
  if (archived !== null) {
    return validate(AuctionView, archived, "An archived auction", "data_corrupt");
  }
  throw new HorizonError("auction_not_found", `There is no auction ${auction_id} here.`);
}
