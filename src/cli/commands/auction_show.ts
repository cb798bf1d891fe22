import { withSuffix } from "../home.ts";
import { auctionEventText } from "../auction_event_text.ts";
import { followAuction } from "../auction_follow.ts";
import { auctionFacts } from "../auction_text.ts";
import { transcriptOf } from "../bid_pages.ts";
import { transcriptTable } from "../bid_text.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { readAuctionId } from "../values.ts";

export const command = defineCommand({
  name: "auction show",
  summary: "Show an auction, and all its bids once it is over",
  about:
    "Sealed bids show their prices after the close. With --watch it tells what happens until\n" +
    "the auction is over, and --json prints one JSON document a line: each event, then the auction.",
  args: { auction_id: { summary: "id of the auction" } },
  flags: { watch: { kind: "boolean", summary: "go on until it is over" } },
  examples: ["horizon auction show auction_12", "horizon auction show auction_12 --watch"],
  async run(ctx, { args, flags }) {
    const auction_id = readAuctionId(args.auction_id);
    await using connection = await connect(ctx, { long: flags.watch });
    const { client, suffix } = connection;
    const auction = flags.watch
      ? await followAuction(
        client,
        auction_id,
        ctx.signal,
        (event) => ctx.out.item(event, auctionEventText(event)),
      )
      : await client.auction(auction_id);
    const transcript = await transcriptOf(client, auction);
    const text = auctionFacts(withSuffix(auction, suffix)) +
      (transcript === null || transcript.length === 0
        ? ""
        : "\n" + transcriptTable(transcript.map((bid) => withSuffix(bid, suffix)), ctx.out));
    if (transcript !== null && transcript.length < auction.bids) {
      ctx.out.note(`Older bids are in the feed: horizon auction verify ${auction_id}${suffix}`);
    }
    ctx.out.result({ ...auction, transcript }, text);
  },
});
