import { HorizonError } from "../../base/errors.ts";
import { formatDollars } from "../../base/money.ts";
import { GpuType } from "../../protocol/text.ts";
import { validate } from "../../protocol/validate.ts";
import type { Registered } from "../../provider/register.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { homesOf } from "../homes.ts";
import { checkMinPrice } from "../price_limits.ts";
import { Progress } from "../progress.ts";
import { laterStages } from "../../protocol/proof_lines.ts";
import { facts } from "../table.ts";
import { readGpuId, readPrice } from "../values.ts";

const MAX_VRAM_GB = 4096;

export const command = defineCommand({
  name: "register-gpu",
  summary: "Measure, prove and list this machine's GPU",
  about:
    "Runs a benchmark, answers the registry's challenge on the GPU, and lists it if the proof\n" +
    "bears out its type. A type needs no quotes; `auto` takes what the driver says.",
  args: {},
  flags: {
    "gpu-id": { kind: "text", value: "<gpu_id>", required: true, summary: "a name for it" },
    "gpu-type": {
      kind: "words",
      value: "<type>",
      required: true,
      summary: "what it is, such as RTX 3090, or auto",
    },
    price: { kind: "text", value: "<price>", required: true, summary: "your ask, dollars an hour" },
    "vram-gb": {
      kind: "integer",
      value: "<gb>",
      min: 0,
      max: MAX_VRAM_GB,
      summary: "its memory; that of its type unless given",
    },
  },
  examples: [
    "horizon register-gpu --gpu-id rig-1 --gpu-type RTX 3090 --price 0.30",
    "horizon register-gpu --gpu-id laptop --gpu-type auto --price 0.05",
  ],
  local: true,
  async run(ctx, { flags }) {
    const gpu_id = readGpuId(flags["gpu-id"]);
    const gpu_type = validate(GpuType, flags["gpu-type"], "The GPU type");
    const price_micros_per_hour = readPrice(flags.price, "The price");
    checkMinPrice(price_micros_per_hour, await ctx.config());
    const vram_gb = flags["vram-gb"];
    const [{ registerGpu }, { homeOf }] = await Promise.all([
      import("../../provider/register.ts"),
      import("../../provider/homes.ts"),
    ]);
    await using connection = await connect(ctx);
    const homes = await homesOf(ctx, connection);
    await homes?.checkFirst(gpu_id, connection.client.node_id);
    const progress = new Progress(ctx.out);
    const request = {
      gpu_id,
      gpu_type,
      price_micros_per_hour,
      ...(vram_gb === undefined ? {} : { vram_gb }),
    };
    const registered = await registerGpu(connection.client, request, ctx.io.clock, (step) => {
      progress.update(step);
    }).finally(() => progress.done());
    const view = await connection.client.gpu(gpu_id);
    await homes?.raise(homeOf({ ...view, home: connection.client.node_id }, null));
    const { listed, verdict } = registered.judged;
    if (!listed) throw refusal(gpu_id, registered);
    ctx.out.result(
      { gpu_id, price_micros_per_hour, listed, ...documentOf(registered) },
      `${gpu_id} is listed (${verdict.verdict}) at ${formatDollars(price_micros_per_hour)}/h.\n` +
        explain(registered),
    );
    ctx.out.note("Keep it online and run its jobs with: horizon provide");
  },
});

function documentOf({ gpu_type, vram_gb, adapter, performance, judged }: Registered) {
  return { gpu_type, vram_gb, adapter, performance, verdict: judged.verdict };
}

/** Why a proven GPU is not listed: the verdict is the code. */
function refusal(gpu_id: string, registered: Registered): HorizonError {
  const { verdict } = registered.judged;
  const fixes: Record<string, string> = {
    software: "It is listed once the registry's operator allows software adapters: " +
      "horizon serve --allow-software, or on this machine's own registry " +
      "horizon config --set allow_software true",
    implausible: "Register it again with its true type, or with --gpu-type auto.",
    failed: "Register it again; if it fails again, the GPU or its driver computes wrongly.",
  };
  const fix = fixes[verdict.verdict];
  return new HorizonError(verdict.verdict, `${gpu_id} is not listed. ${verdict.reason}`, {
    details: { gpu_id, ...documentOf(registered) },
    ...(fix === undefined ? {} : { fix }),
  });
}

/** The verdict and the figures, in words. */
function explain({ gpu_type, vram_gb, adapter, performance, judged }: Registered): string {
  const { verdict } = judged;
  const { gops, elapsed_ms, m, k, n } = verdict.figures;
  const { fp32_gflops, fp16_gflops, memory_gbps, launch_us } = performance;
  return facts([
    ["type", `${gpu_type}${vram_gb > 0 ? `, ${vram_gb} GB` : ""}`],
    ["adapter", adapter.description || adapter.device || "unnamed"],
    ["verdict", `${verdict.verdict}: ${verdict.reason}`],
    ["proof", `${m} × ${k} × ${n} u32 matrix in ${elapsed_ms} ms, ${gops} G-operations/s`],
    ...laterStages(verdict),
    ["fp32", `${fp32_gflops.median} GFLOP/s (self-reported, as are the rest)`],
    ...(fp16_gflops === null ? [] : [["fp16", `${fp16_gflops.median} GFLOP/s`] as const]),
    ["memory", `${memory_gbps.median} GB/s`],
    ["launch", `${launch_us.median} µs`],
  ]);
}
