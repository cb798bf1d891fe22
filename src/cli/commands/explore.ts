import { formatTime } from "../../base/time_text.ts";
import { gpuState } from "../../protocol/gpu_state.ts";
import { withSuffix } from "../home.ts";
import { formatDollars } from "../../base/money.ts";
import type { GpuView } from "../../protocol/gpu.ts";
import type { Json } from "../../base/json.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { Explorer } from "../explore/explorer.ts";
import { pick } from "../json_path.ts";
import { canFill, fill } from "../screen/screen.ts";
import { laterStages } from "../../protocol/proof_lines.ts";
import { reputationFacts } from "../../protocol/reputation_text.ts";
import { facts } from "../table.ts";
import { readGpuId } from "../values.ts";

export const command = defineCommand({
  name: "explore",
  summary: "Show everything about one GPU",
  about: "On a terminal it fills the screen with its record as a tree, and reads anew every two\n" +
    "seconds: arrows move, / searches, y copies the path, q quits. Elsewhere, and with --print or a\n" +
    "filter, it prints. A filter is a short path such as .performance.fp32_gflops, or a JSONPath\n" +
    "(RFC 9535); the path that y copies is one.",
  args: { gpu_id: { summary: "id of the GPU" } },
  flags: {
    filter: {
      kind: "text",
      value: "<json_path>",
      summary: "only this part of its record, as JSON",
    },
    print: { kind: "boolean", summary: "print it, on a terminal too" },
  },
  examples: [
    "horizon explore rig-1",
    "horizon explore rig-1 --filter .performance",
    "horizon explore rig-1 --filter '$.performance.*.median' --json",
  ],
  async run(ctx, { args, flags }) {
    const gpu_id = readGpuId(args.gpu_id);
    await using connection = await connect(ctx);
    const gpu = await connection.client.gpu(gpu_id);
    if (flags.filter === undefined && !flags.print && canFill(ctx)) {
      const read = async () => toJson(await connection.client.gpu(gpu_id));
      const title = `horizon explore ${gpu_id}${connection.suffix}`;
      return await fill(ctx, new Explorer(title, toJson(gpu), read));
    }
    if (flags.filter === undefined) {
      ctx.out.result(gpu, describe(withSuffix(gpu, connection.suffix)));
      return;
    }
    const part = pick(gpu, flags.filter);
    ctx.out.result(part, JSON.stringify(part, null, 2));
  },
});

/** A record as JSON has it: without what is absent. */
function toJson(value: object): Json {
  return JSON.parse(JSON.stringify(value));
}

function describe(gpu: GpuView): string {
  const { performance, verdict } = gpu;
  const spread = (of: { median: number; p10: number; p90: number } | null, unit: string) =>
    of === null
      ? "not available"
      : `${figure(of.median)} ${unit} (p10 ${figure(of.p10)}, p90 ${figure(of.p90)})`;
  return facts([
    ["GPU", gpu.gpu_id],
    ["type", gpu.gpu_type],
    ["VRAM", `${gpu.vram_gb} GB`],
    ["price", `${formatDollars(gpu.price_micros_per_hour)} an hour`],
    ["state", gpu.auction_id === null ? gpuState(gpu) : `on auction (${gpu.auction_id})`],
    ["owner", gpu.owner],
    ...(gpu.kinds === undefined ? [] : [["jobs", gpu.kinds.join(", ")] as const]),
    ["home", `${gpu.home} (its home ${gpu.home_epoch})`],
    ...(gpu.arrives_at === null ? [] : [["moving until", formatTime(gpu.arrives_at)] as const]),
    ["registered", formatTime(gpu.registered_at)],
    ["proof", verdict === null ? "none" : `${verdict.verdict}: ${verdict.reason}`],
    ...(verdict === null ? [] : proven(gpu, verdict)),
    ...reputationFacts(gpu.reputation),
    ["adapter", [gpu.adapter.vendor, gpu.adapter.device, gpu.adapter.description].join(" ").trim()],
    ["", "self-reported:"],
    ["fp32", spread(performance.fp32_gflops, "GFLOP/s")],
    ["fp16", spread(performance.fp16_gflops, "GFLOP/s")],
    ["u32", spread(performance.u32_gops, "Gop/s")],
    ["memory", spread(performance.memory_gbps, "GB/s")],
    ["upload", spread(performance.upload_gbps, "GB/s")],
    ["download", spread(performance.download_gbps, "GB/s")],
    ["launch", spread(performance.launch_us, "µs")],
  ]);
}

function proven(gpu: GpuView, verdict: NonNullable<GpuView["verdict"]>): [string, string][] {
  const { gops, elapsed_ms, m, k, n } = verdict.figures;
  const lines: [string, string][] = [
    ["proven", `${gops} Gop/s: ${m}×${k}×${n} in ${elapsed_ms} ms`],
    ...laterStages(verdict),
  ];
  if (gpu.proven_at !== null) lines.push(["proven at", formatTime(gpu.proven_at)]);
  if (typeof gpu.badge_ends_at === "number") {
    lines.push(["expires", formatTime(gpu.badge_ends_at)]);
  }
  for (const contradiction of verdict.contradicts) lines.push(["contradicts", contradiction]);
  return lines;
}

/** Three digits are as many as a measurement has. */
function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}
