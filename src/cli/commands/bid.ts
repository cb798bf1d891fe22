import { withSuffix } from "../home.ts";
import { HorizonError } from "../../base/errors.ts";
import { parseDollars } from "../../base/money.ts";
import { compileFilter } from "../../protocol/filter.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { enterBid } from "../bid_enter.ts";
import { bidFacts } from "../bid_text.ts";
import { defineCommand, PLAN_FLAGS } from "../command.ts";
import { connect } from "../connect.ts";
import { checkMaxPrice } from "../price_limits.ts";
import { readBidLife, readGpuId, readHours, readPrice } from "../values.ts";

export const command = defineCommand({
  name: "bid",
  summary: "Bid for a GPU, or order any GPUs that fit a filter",
  about:
    "On a GPU with an open auction the bid enters it. Otherwise it rests, and is taken up when\n" +
    "the GPU can be had at that price, or enters its next auction. An order (--where) is matched\n" +
    "with free GPUs every few seconds, the cheapest first. You pay the owner's ask, or what the\n" +
    "auction says, never more than --price. The money is held at once.\n" +
    "\n" +
    "In a sealed auction only the registry's operator learns your price before the close. What is\n" +
    "held is public, so it is more than the bid: --cap says how much. Unless given it is the next\n" +
    "power of two (in millionths of a dollar) above four times the reserve and above your bid, or\n" +
    "all your money if that is less. Losing bids get it back at the close, winners all but the price.\n" +
    "\n" +
    'A GPU called "list" is named after two dashes: horizon bid --price 0.30 -- list',
  args: { gpu_id: { summary: "id of the GPU; none with --where", optional: true } },
  flags: {
    price: {
      kind: "text",
      value: "<price>",
      summary: "the most you'll pay, in dollars an hour",
      required: true,
    },
    where: { kind: "words", value: "<filter>", summary: "any GPU that fits, as in list-gpus" },
    duration: {
      kind: "text",
      value: "<hours>",
      summary: "hours; else the auction's, or default_duration_hours of the configuration",
    },
    quantity: {
      kind: "integer",
      value: "<count>",
      min: 1,
      max: LIMITS.bid_quantity,
      summary: "how many GPUs, in an order or a uniform auction; 1 unless given",
    },
    expires: {
      kind: "text",
      value: "<hours>",
      summary: `how long it may rest; ${LIMITS.bid_life_max_ms / 86_400_000} days unless given`,
    },
    cap: {
      kind: "text",
      value: "<dollars>",
      summary: "what to hold for a sealed bid, in all",
    },
    "dry-run": PLAN_FLAGS["dry-run"],
  },
  examples: [
    "horizon bid rig-1 --price 0.30",
    "horizon bid rig-1 --price 0.30 --duration 4 --expires 24",
    "horizon bid rig-1 --price 0.45 --cap 5",
    "horizon bid --where 'vram_gb>=24 fp32_gflops>=20000' --price 0.30 --duration 4 --quantity 2",
  ],
  async run(ctx, { args, flags }) {
    const { where } = flags;
    if ((args.gpu_id === undefined) === (where === undefined)) {
      throw new HorizonError("invalid_input", "A bid is for a GPU or for a filter (--where).", {
        fix: "Add --help to see the usage.",
      });
    }
    if (where !== undefined) compileFilter(where);
    const wish = {
      gpu_id: args.gpu_id === undefined ? null : readGpuId(args.gpu_id),
      where: where ?? null,
      price_micros_per_hour: readPrice(flags.price, "--price"),
      quantity: flags.quantity ?? 1,
      duration_s: flags.duration === undefined ? null : readHours(flags.duration),
      life_ms: flags.expires === undefined ? null : readBidLife(flags.expires),
      cap_micros: flags.cap === undefined ? null : parseDollars(flags.cap, "--cap"),
      dry_run: flags["dry-run"],
    };
    const config = await ctx.config();
    checkMaxPrice(wish.price_micros_per_hour, config);
    const default_duration_s = readHours(String(config.default_duration_hours));
    await using connection = await connect(ctx);
    const entered = await enterBid(ctx, connection, wish, default_duration_s);
    if (entered === null) return;
    const { bid, opening } = entered;
    ctx.out.result(
      opening === null ? bid : { ...bid, opening },
      bidFacts(withSuffix(bid, connection.suffix)),
    );
  },
});
