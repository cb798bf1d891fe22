import { formatDuration, formatTime } from "../../base/time_text.ts";
import { gpuState } from "../../protocol/gpu_state.ts";
import { withSuffix } from "../home.ts";
import type { Config } from "../../base/config.ts";
import { HorizonError } from "../../base/errors.ts";
import { formatDollars, holdMicros } from "../../base/money.ts";
import type { GpuView } from "../../protocol/gpu.ts";
import { defineCommand, PLAN_FLAGS } from "../command.ts";
import { confirm } from "../confirm.ts";
import { connect } from "../connect.ts";
import { leaseFacts } from "../lease_text.ts";
import { readGpuId, readHours, readPrice } from "../values.ts";

export const command = defineCommand({
  name: "rent",
  summary: "Rent a GPU",
  about:
    "You pay the owner's ask. --price is the most you'll pay an hour: below the ask nothing\n" +
    "happens. The money for the whole time is held, and what isn't used comes back at the end.",
  args: { gpu_id: { summary: "id of the GPU" } },
  flags: {
    duration: {
      kind: "text",
      value: "<hours>",
      summary: "hours, such as 2 or 0.5; else default_duration_hours of the configuration",
    },
    price: { kind: "text", value: "<price>", summary: "the most you'll pay, in dollars an hour" },
    ...PLAN_FLAGS,
  },
  examples: [
    "horizon rent rig-1 --duration 2",
    "horizon rent rig-1 --duration 0.5 --price 0.35",
    "horizon rent rig-1@berlin --duration 8 --yes --json",
  ],
  async run(ctx, { args, flags }) {
    const gpu_id = readGpuId(args.gpu_id);
    const config = await ctx.config();
    const duration_s = readHours(flags.duration ?? String(config.default_duration_hours));
    const limit = flags.price === undefined ? null : readPrice(flags.price, "--price");
    await using connection = await connect(ctx);
    const { client, suffix } = connection;
    const gpu = await client.gpu(gpu_id);
    const isServed = connection.node.settings.mode === "served";
    if (isServed && gpu.owner === client.actor) {
      throw new HorizonError("own_gpu", `${gpu_id}${suffix} is your own; you can't rent it here.`);
    }
    const shown = withSuffix(gpu, suffix);
    const expected = expectedProof(shown);
    const max_price_micros_per_hour = checkPrice(shown, limit, config);
    const plan = planText(shown, expected, duration_s, ctx.io.clock.now());
    if (!await confirm(ctx, plan, flags, flags.price !== undefined)) return;
    const accepted = await client.submit("lease.rent", {
      gpu_id,
      duration_s,
      max_price_micros_per_hour,
      expected,
    });
    const lease = await client.lease(String(accepted.data.lease_id));
    ctx.out.result(lease, leaseFacts(withSuffix(lease, suffix)));
  },
});

/**
 * What the plan shows of the GPU's proof. Throws for one that can't be rented now: nobody should be
 * asked to agree to what the registry would refuse.
 */
function expectedProof(gpu: GpuView): { verdict: "verified" | "software"; class: string } {
  const state = gpuState(gpu);
  if (state === "leased") throw new HorizonError("gpu_leased", `${gpu.gpu_id} is leased.`);
  if (state === "auction") {
    throw new HorizonError("gpu_on_auction", `${gpu.gpu_id} is sold by ${gpu.auction_id}.`, {
      fix: `Bid for it: horizon bid ${gpu.gpu_id} --price <price>`,
    });
  }
  if (state === "offline") throw new HorizonError("gpu_offline", `${gpu.gpu_id} is offline.`);
  const verdict = gpu.verdict?.verdict;
  if (state === "free" && (verdict === "verified" || verdict === "software")) {
    return { verdict, class: gpu.verdict?.class ?? "" };
  }
  if (gpu.arrives_at !== null) {
    const until = formatTime(gpu.arrives_at);
    throw new HorizonError("gpu_not_listed", `${gpu.gpu_id} is moving here until ${until}.`);
  }
  throw new HorizonError("gpu_not_listed", `${gpu.gpu_id} is not listed: its proof is ${state}.`);
}

/** The most that the intent may pay: never above the configured limit, never below the ask. */
function checkPrice(gpu: GpuView, limit: number | null, config: Config): number {
  const ask = gpu.price_micros_per_hour;
  const price_limit = config.max_price === null ? null : readPrice(config.max_price, "max_price");
  const details = { ask_micros_per_hour: ask };
  if (price_limit !== null && Math.max(ask, limit ?? 0) > price_limit) {
    throw new HorizonError(
      "price_limit",
      `${gpu.gpu_id} costs ${formatDollars(ask)} an hour` +
        `${limit === null ? "" : `, and you'd pay up to ${formatDollars(limit)}`}; ` +
        `your max_price is ${formatDollars(price_limit)}.`,
      { details, fix: "Raise it with: horizon config --set max_price <price>" },
    );
  }
  if (limit === null || limit >= ask) return limit ?? ask;
  throw new HorizonError(
    "no_offer",
    `${gpu.gpu_id} costs ${formatDollars(ask)} an hour, and you offer ${formatDollars(limit)}.`,
    {
      details,
      fix: `Offer the ask, or wait for a lower one: horizon bid ${gpu.gpu_id} --price ` +
        formatDollars(limit).slice(1),
    },
  );
}

function planText(
  gpu: GpuView,
  expected: { verdict: string; class: string },
  duration_s: number,
  now_ms: number,
): string {
  const hold = holdMicros(gpu.price_micros_per_hour, duration_s);
  return [
    `Rent ${gpu.gpu_id}: ${gpu.gpu_type}, ${gpu.vram_gb} GB, ` +
    `proof: ${expected.verdict} (${expected.class})`,
    `  price     ${formatDollars(gpu.price_micros_per_hour)} an hour`,
    `  duration  ${formatDuration(duration_s)}, until ${formatTime(now_ms + duration_s * 1000)}`,
    `  held      ${formatDollars(hold)}; what isn't used comes back`,
  ].join("\n");
}
