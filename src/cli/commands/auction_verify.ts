import { formatDollars } from "../../base/money.ts";
import { EXIT } from "../../protocol/codes.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { printable } from "../../base/printable.ts";
import { readAuctionId } from "../values.ts";

export const command = defineCommand({
  name: "auction verify",
  summary: "Check an auction's outcome yourself, from the signed feed",
  about:
    "It reads the registry's feed from the auction's start to its signed head, checks that no\n" +
    "event was changed or left out, checks the signatures of owner, bidders and registry, opens the\n" +
    "sealed bids, clears the auction again on this machine, and compares. Ends with 1 if anything\n" +
    "is wrong.",
  args: { auction_id: { summary: "id of an auction that was cleared" } },
  flags: {},
  examples: ["horizon auction verify auction_12", "horizon auction verify auction_12 --json"],
  async run(ctx, { args }) {
    const auction_id = readAuctionId(args.auction_id);
    await using connection = await connect(ctx);
    const { verifyAuction } = await import("../verify/verify_auction.ts");
    const found = await verifyAuction(connection.client, auction_id);
    const { ok, price_micros_per_hour: price, problems } = found;
    const sold = price === null ? "nothing was sold" : `sold at ${formatDollars(price)} an hour`;
    const lines = [
      `${auction_id}${connection.suffix}: ${found.bids} bids, ${sold}`,
      ...problems.map(({ message }) => printable(`wrong: ${message}`)),
      ok ? "The outcome follows from the signed bids." : `${problems.length} found to be wrong.`,
    ];
    ctx.out.result(found, lines.join("\n"));
    return ok ? EXIT.ok : EXIT.failure;
  },
});
