import { withSuffix } from "../home.ts";
import { bidFacts } from "../bid_text.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { table } from "../table.ts";
import { readBidId } from "../values.ts";

export const command = defineCommand({
  name: "bid show",
  summary: "Show a bid",
  args: { bid_id: { summary: "id of the bid" } },
  flags: {
    explain: {
      kind: "boolean",
      summary: "also which GPUs come near, and what keeps the bid from them",
    },
  },
  examples: ["horizon bid show bid_12", "horizon bid show bid_12 --explain"],
  async run(ctx, { args, flags }) {
    const bid_id = readBidId(args.bid_id);
    await using connection = await connect(ctx);
    const { client, suffix } = connection;
    if (!flags.explain) {
      const bid = await client.bid(bid_id);
      ctx.out.result(bid, bidFacts(withSuffix(bid, suffix)));
      return;
    }
    const explained = await client.explainBid(bid_id);
    const columns = [{ heading: "GPU" }, { heading: "FAILS" }] as const;
    const rows = explained.misses.map(({ gpu_id, fails }) => [gpu_id + suffix, fails.join(", ")]);
    const misses = rows.length === 0 ? "" : "\n" + table(columns, rows, ctx.out);
    ctx.out.result(explained, bidFacts(withSuffix(explained.bid, suffix)) + misses);
    if (rows.length === 0) ctx.out.note("No GPU comes near.");
  },
});
