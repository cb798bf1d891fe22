import { withSuffix } from "../home.ts";
import { HorizonError } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import { AuctionId } from "../../protocol/text.ts";
import { followAuction } from "../auction_follow.ts";
import { auctionFacts } from "../auction_text.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { readGpuId } from "../values.ts";

export const command = defineCommand({
  name: "auction end",
  summary: "Close an auction of yours now, and clear it",
  about: "The bids so far count. A word that is an auction's id is taken for one.",
  args: { auction: { summary: "id of the auction, or of the GPU that it sells" } },
  flags: {},
  examples: ["horizon auction end rig-1", "horizon auction end auction_12"],
  async run(ctx, { args }) {
    const isAuction = AuctionId.safeParse(args.auction).success;
    const id = isAuction ? args.auction : readGpuId(args.auction);
    await using connection = await connect(ctx, { long: true });
    const { client } = connection;
    const auction_id = isAuction ? id : await auctionOf(client, id);
    await client.submit("auction.end", { auction_id });
    const auction = await followAuction(client, auction_id, ctx.signal);
    ctx.out.result(auction, auctionFacts(withSuffix(auction, connection.suffix)));
  },
});

/** The auction that a GPU is on. Throws `auction_not_found`. */
async function auctionOf(client: Client, gpu_id: string): Promise<string> {
  const { auction_id } = await client.gpu(gpu_id);
  if (auction_id !== null) return auction_id;
  throw new HorizonError("auction_not_found", `${gpu_id} is not on auction.`);
}
