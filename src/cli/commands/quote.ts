import { HorizonError } from "../../base/errors.ts";
import { formatDollars, holdMicros, parseDollars } from "../../base/money.ts";
import { formatDuration } from "../../base/time_text.ts";
import { EXIT } from "../../protocol/codes.ts";
import type { WgslJobFile } from "../../protocol/job.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { defineCommand, PLAN_FLAGS } from "../command.ts";
import { confirm } from "../confirm.ts";
import { connect, type Connection } from "../connect.ts";
import type { Context } from "../context.ts";
import { withSuffix } from "../home.ts";
import { type LoadedJob, loadJobFile, requireShader } from "../job_file.ts";
import { sendInputs } from "../job_upload.ts";
import { Progress } from "../progress.ts";
import { leaseSeconds } from "../quote/brief_lease.ts";
import { type Candidate, findCandidates } from "../quote/candidates.ts";
import { provideAndQuote, quoteGpus } from "../quote/quote_gpus.ts";
import { type QuoteReport, reportOf, reportText } from "../quote/report.ts";
import { sharedInputs } from "../quote/shared_inputs.ts";
import { readPrice } from "../values.ts";

const DEFAULT_GPUS = 4;
const DEFAULT_SAMPLE_S = 5;

export const command = defineCommand({
  name: "quote",
  summary: "Show what your own job costs on each GPU, by running a sample of it",
  about:
    "Leases the cheapest GPUs that fit for a minute or two, runs samples of your shader on each\n" +
    "and ends the leases: you pay the seconds that were used. A unit of work is one dispatch; its\n" +
    "time is what more dispatches add, so that starting a job doesn't count. Times are the\n" +
    "registry's. Samples' results are not checked: a quote says how fast a provider answered.\n" +
    "GPUs of one owner are sampled one after the other. A job's max_price is respected, and yours.",
  args: {},
  flags: {
    job: { kind: "text", value: "<job_file>", required: true, summary: "a job of kind wgsl" },
    where: { kind: "words", value: "<filter>", summary: "only GPUs that fit this filter" },
    max: {
      kind: "integer",
      value: "<gpus>",
      min: 1,
      max: LIMITS.quote_gpus,
      summary: `at most so many GPUs, ${DEFAULT_GPUS} unless given`,
    },
    "sample-seconds": {
      kind: "integer",
      value: "<seconds>",
      min: 1,
      max: LIMITS.quote_sample_max_s,
      summary: `how long one sample may run, ${DEFAULT_SAMPLE_S} unless given`,
    },
    ...PLAN_FLAGS,
  },
  examples: [
    "horizon quote --job my-job/job.yaml",
    "horizon quote --job my-job/job.yaml --where 'vram_gb>=16 price<0.50' --max 8",
    "horizon quote --job my-job/job.yaml --sample-seconds 20 --yes --json",
  ],
  async run(ctx, { flags }) {
    const loaded = requireShader(await loadJobFile(flags.job));
    const sample_s = flags["sample-seconds"] ?? DEFAULT_SAMPLE_S;
    await using connection = await connect(ctx, { long: true, graceful: true });
    const candidates = await findCandidates(connection.client, {
      where: flags.where,
      max: flags.max ?? DEFAULT_GPUS,
      own: connection.node.settings.mode === "embedded",
      max_micros_per_hour: await dearest(ctx, loaded),
    });
    const plan = { candidates, sample_s, lease_s: leaseSeconds(sample_s, inputBytes(loaded)) };
    if (!await confirm(ctx, planText(plan, connection.suffix), flags)) return;
    const report = await carryOut(ctx, connection, loaded, plan);
    tell(ctx, report, loaded, connection.suffix);
    return report.quotes.length > 0 ? EXIT.ok : EXIT.failure;
  },
});

interface QuotePlan {
  candidates: readonly Candidate[];
  sample_s: number;
  lease_s: number;
}

function inputBytes({ inputs }: LoadedJob): number {
  return inputs.values().reduce((sum, { size_bytes }) => sum + size_bytes, 0);
}

/** The lower of the two most-to-pay prices that the person has set; null if there is none. */
async function dearest(ctx: Context, { job }: LoadedJob): Promise<number | null> {
  const { max_price } = await ctx.config();
  const limits = [
    ...max_price === null ? [] : [readPrice(max_price, "max_price")],
    ...job.max_price === undefined
      ? []
      : [parseDollars(job.max_price, "max_price in the job file")],
  ];
  return limits.length === 0 ? null : Math.min(...limits);
}

function planText({ candidates, sample_s, lease_s }: QuotePlan, suffix: string): string {
  const holds = candidates.map(({ ask_micros_per_hour }) =>
    holdMicros(ask_micros_per_hour, lease_s)
  );
  const most = holds.reduce((sum, micros) => sum + micros, 0);
  const count = candidates.length;
  return [
    `Sample the job on ${count} GPU${count === 1 ? "" : "s"}:`,
    ...candidates.map((gpu) =>
      `  ${gpu.gpu_id}${suffix}: ${gpu.class}, proof: ${gpu.verification}, ` +
      `${formatDollars(gpu.ask_micros_per_hour)} an hour`
    ),
    `  samples   up to ${sample_s} s each`,
    `  leases    at most ${formatDuration(lease_s)} each, ended as soon as the samples are done`,
    `  cost      ${formatDollars(most)} at most; what isn't used comes back`,
  ].join("\n");
}

/** Samples on every GPU; throws `interrupted` once all leases of an interrupted one are ended. */
async function carryOut(
  ctx: Context,
  connection: Connection,
  loaded: LoadedJob<WgslJobFile>,
  { candidates, sample_s, lease_s }: QuotePlan,
): Promise<QuoteReport> {
  const { client, embedded } = connection;
  const progress = new Progress(ctx.out);
  const onStep = (text: string) => progress.update(text);
  const note = (text: string) => ctx.out.note(text);
  try {
    const inputs = sharedInputs(() => sendInputs(client, loaded, onStep));
    const { signal } = ctx;
    const sampling = { client, loaded, inputs, sample_s, lease_s, signal, onStep, note };
    const quotes = embedded
      ? await provideAndQuote(ctx, connection, candidates, sampling)
      : await quoteGpus(candidates, sampling);
    const { name, wgsl: { repeat } } = loaded.job;
    const report = reportOf(quotes, { name, repeat }, sample_s);
    if (!signal.aborted) return report;
    throw new HorizonError(
      "interrupted",
      `Interrupted; the samples cost ${formatDollars(report.cost_micros)}.`,
    );
  } finally {
    progress.done();
  }
}

function tell(ctx: Context, report: QuoteReport, { job }: LoadedJob, suffix: string): void {
  const named = <T extends object>(rows: T[]) => rows.map((row) => withSuffix(row, suffix));
  const document = { ...report, quotes: named(report.quotes), failed: named(report.failed) };
  ctx.out.result(document, reportText(report, suffix, ctx.out));
  ctx.out.note(`The samples cost ${formatDollars(report.cost_micros)}.`);
  const { time_s } = job.limits;
  const late = report.quotes.filter(({ job_s, startup_ms }) => job_s - startup_ms / 1000 > time_s);
  for (const { gpu_id } of late) {
    ctx.out.note(`${gpu_id}${suffix} would need more than the job's limits.time_s of ${time_s} s.`);
  }
}
