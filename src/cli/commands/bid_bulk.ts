import { formatDollars } from "../../base/money.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { BULK_HEADER, readBulkFile } from "../bulk_file.ts";
import { defineCommand, PLAN_FLAGS } from "../command.ts";
import { confirm } from "../confirm.ts";
import { connect } from "../connect.ts";
import { checkMaxPrice } from "../price_limits.ts";
import { readBidLife } from "../values.ts";

export const command = defineCommand({
  name: "bid bulk",
  summary: "Place thousands of orders by one signature",
  about: `The file's first line is "${BULK_HEADER}", and each after it one order, such as\n` +
    `"0.30,4,2,vram_gb>=24": dollars an hour, hours, how many GPUs, a filter as in list-gpus. Up\n` +
    `to ${LIMITS.bulk_bids} orders with ${LIMITS.bulk_filters} filters. All are placed, or none: ` +
    "one bad line is named and\nrefuses the rest.",
  args: { file: { summary: "the file of orders" } },
  flags: {
    expires: {
      kind: "text",
      value: "<hours>",
      summary: "how long they may rest; 90 days unless given",
    },
    "dry-run": PLAN_FLAGS["dry-run"],
  },
  examples: ["horizon bid bulk orders.csv --expires 24"],
  async run(ctx, { args, flags }) {
    const { count, highest_micros_per_hour, hold_micros, ...body } = await readBulkFile(args.file);
    checkMaxPrice(highest_micros_per_hour, await ctx.config());
    const life_ms = flags.expires === undefined ? null : readBidLife(flags.expires);
    const expires_at = life_ms === null ? null : ctx.io.clock.now() + life_ms;
    const plan = `Place ${count} orders, which hold ${formatDollars(hold_micros)}.`;
    if (!await confirm(ctx, plan, { yes: false, "dry-run": flags["dry-run"] }, true)) return;
    await using connection = await connect(ctx);
    const { data } = await connection.client.submit("bid.bulk", { ...body, expires_at });
    const held = formatDollars(Number(data["hold_micros"]));
    ctx.out.result(
      data,
      `${count} orders rest, as ${data["bid_id"]}-1 to ${
        data["bid_id"]
      }-${count}; ${held} are held.`,
    );
  },
});
