import { HorizonError } from "../../base/errors.ts";
import type { MarketState } from "../../market/market.ts";
import { bidCommitment } from "../../protocol/bid_commitment.ts";
import { OPENING_SUFFIX } from "../../store/layout.ts";
import { OpeningFile } from "../opening_file.ts";
import type { Findings } from "./findings.ts";

/** Checks that every sealed bid that is still to be opened has an opening here. */
export async function checkOpenings(
  folder: string,
  state: MarketState,
  findings: Findings,
): Promise<void> {
  let bids = 0;
  for (const { auction_id, state: is } of state.auctions.values()) {
    if (is !== "open" && is !== "closed") continue;
    const known = await commitmentsOf(folder, auction_id, findings);
    for (const bid_id of state.auction_bids.get(auction_id) ?? []) {
      const bid = state.bids.get(bid_id);
      if (!bid?.commitment || bid.price_micros_per_hour !== null) continue;
      bids++;
      if (!known.has(bid.commitment)) {
        findings.wrong("openings", `the sealed ${bid_id} in ${auction_id} has no opening here`);
      }
    }
  }
  findings.end("openings", `all ${bids} sealed bids can be opened`);
}

async function commitmentsOf(
  folder: string,
  auction_id: string,
  findings: Findings,
): Promise<Set<string>> {
  try {
    const { openings } = await OpeningFile.load(`${folder}/${auction_id}${OPENING_SUFFIX}`);
    return new Set(openings.map((one) => bidCommitment(auction_id, one.bidder, one)));
  } catch (thrown) {
    if (thrown instanceof HorizonError) findings.wrong("openings", thrown.message);
    else if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    return new Set();
  }
}
