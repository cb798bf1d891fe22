import { withSuffix } from "../home.ts";
import { bidFacts } from "../bid_text.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { readBidId } from "../values.ts";

export const command = defineCommand({
  name: "bid cancel",
  summary: "Take back a bid that rests, and free its money",
  about: "A bid that stands in an auction can't be taken back.",
  args: { bid_id: { summary: "id of the bid" } },
  flags: {},
  examples: ["horizon bid cancel bid_12"],
  async run(ctx, { args }) {
    const bid_id = readBidId(args.bid_id);
    await using connection = await connect(ctx);
    await connection.client.submit("bid.cancel", { bid_id });
    const bid = await connection.client.bid(bid_id);
    ctx.out.result(bid, bidFacts(withSuffix(bid, connection.suffix)));
  },
});
