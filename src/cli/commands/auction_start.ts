import { formatDuration, formatTime } from "../../base/time_text.ts";
import { withSuffix } from "../home.ts";
import { formatDollars } from "../../base/money.ts";
import { AUCTION_FORMATS } from "../../protocol/auction.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { auctionFacts } from "../auction_text.ts";
import { defineCommand, PLAN_FLAGS } from "../command.ts";
import { confirm } from "../confirm.ts";
import { connect } from "../connect.ts";
import { checkMinPrice } from "../price_limits.ts";
import { readGpuId, readHours, readOneOf, readPrice, readTimeout } from "../values.ts";

export const command = defineCommand({
  name: "auction start",
  summary: "Sell hours of a GPU of yours to the best bids",
  about:
    "second-price: sealed bids; the best one wins and pays the second best, so that bidding\n" +
    "  what it is worth to you pays. first-price: sealed; the winner pays its own bid.\n" +
    "english: open and ascending; a late bid leaves time for another.\n" +
    "uniform: sealed, over several of your free GPUs of the same class, at one price for all.\n" +
    "Nothing is sold below the reserve. The winner's lease starts at the close.",
  args: { gpu_id: { summary: "id of the GPU" } },
  flags: {
    duration: {
      kind: "text",
      value: "<hours>",
      summary: "hours of GPU time that are sold",
      required: true,
    },
    reserve: {
      kind: "text",
      value: "<price>",
      summary: "the least you take, in dollars an hour; the GPU's price unless given",
    },
    format: {
      kind: "text",
      value: "<format>",
      choices: AUCTION_FORMATS,
      summary: `one of: ${AUCTION_FORMATS.join(", ")}; second-price unless given`,
    },
    units: {
      kind: "integer",
      value: "<count>",
      min: 1,
      max: LIMITS.auction_units,
      summary: "how many GPUs (uniform only); 1 unless given",
    },
    timeout: {
      kind: "text",
      value: "<minutes>",
      summary: "how long bidding stays open; else auction_timeout of the configuration",
    },
    ...PLAN_FLAGS,
  },
  examples: [
    "horizon auction start rig-1 --duration 2",
    "horizon auction start rig-1 --duration 8 --format english --reserve 0.20 --timeout 30",
    "horizon auction start rig-1 --duration 4 --format uniform --units 3 --yes",
  ],
  async run(ctx, { args, flags }) {
    const gpu_id = readGpuId(args.gpu_id);
    const config = await ctx.config();
    const duration_s = readHours(flags.duration);
    const timeout_ms = readTimeout(flags.timeout ?? String(config.auction_timeout));
    const format = readOneOf(AUCTION_FORMATS, flags.format ?? "second-price", "format");
    const reserve = flags.reserve === undefined ? null : readPrice(flags.reserve, "--reserve");
    if (reserve !== null) checkMinPrice(reserve, config);
    const units = flags.units ?? 1;
    await using connection = await connect(ctx);
    const { client } = connection;
    const gpu = await client.gpu(gpu_id);
    const of = units === 1 ? gpu_id : `${gpu_id} and ${units - 1} more of its class`;
    const plan = [
      `Auction ${of}: ${formatDuration(duration_s)}, ${format}`,
      `  reserve  ${formatDollars(reserve ?? gpu.price_micros_per_hour)} an hour`,
      `  bidding  until ${formatTime(ctx.io.clock.now() + timeout_ms)}`,
    ].join("\n");
    if (!await confirm(ctx, plan, flags, flags.reserve !== undefined)) return;
    const accepted = await client.submit("auction.start", {
      gpu_id,
      format,
      units,
      duration_s,
      reserve_micros_per_hour: reserve,
      timeout_ms,
    });
    const auction = await client.auction(String(accepted.data.auction_id));
    ctx.out.result(auction, auctionFacts(withSuffix(auction, connection.suffix)));
  },
});
