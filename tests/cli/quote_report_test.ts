import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type GpuQuote } from "../../src/cli/quote/gpu_quote.ts";
import { reportOf, reportText } from "../../src/cli/quote/report.ts";
import { sampleOf } from "../../src/cli/quote/sample_job.ts";
import { formatSeconds, pricedUnit } from "../../src/cli/quote/units.ts";
import { checkJobShape } from "../../src/protocol/job_rules.ts";
import { JobFile, type WgslJobFile } from "../../src/protocol/job.ts";

const gpu = (gpu_id: string, ask_micros_per_hour: number) => ({
  gpu_id,
  owner: "owner",
  class: "RTX 3090",
  verification: "verified" as const,
  ask_micros_per_hour,
});

/** A quote of a GPU whose dispatch takes so long, after a second's start. */
function quoteOf(gpu_id: string, ask_micros_per_hour: number, unit_ns: number): GpuQuote {
  const measured = { unit_ns, startup_ms: 1000, samples: [] };
  return { gpu: gpu(gpu_id, ask_micros_per_hour), lease: null, outcome: { measured } };
}

/** A table that nothing bounds. */
const PLAIN = { colour: false, width: null };

Deno.test("the dearer GPU comes first if its work is cheaper, and prices are exact", () => {
  const failed: GpuQuote = {
    gpu: gpu("gone", 1),
    lease: null,
    outcome: { failure: { code: "gpu_offline", message: "gone is\x1b[2J offline." } },
  };
  const quotes = [quoteOf("slow", 360_000, 2_000_000), failed, quoteOf("fast", 720_000, 500_000)];
  const report = reportOf(quotes, { name: "job", repeat: 10_000 }, 5);
  // $0.72 an hour are 200 micro-dollars a second; a million half milliseconds are 500 seconds.
  const shown = report.quotes.map((quote) => [
    quote.gpu_id,
    quote.price_micros_per_million_units,
    quote.job_s,
    quote.job_price_micros,
  ]);
  assertEquals(shown, [["fast", 100_000, 6, 1200], ["slow", 200_000, 21, 2100]]);
  assertEquals(report.failed.map(({ gpu_id, code }) => [gpu_id, code]), [["gone", "gpu_offline"]]);
  const lines = reportText(report, "@berlin", PLAIN).split("\n");
  const [head = "", fast = "", slow = "", , gone] = lines;
  for (
    const part of [
      "GPU",
      "CLASS",
      "PROOF",
      "ASK/H",
      "TIME/DISPATCH",
      "PRICE/1K",
      "START",
      "JOB PRICE",
    ]
  ) {
    assertStringIncludes(head, part);
  }
  for (
    const part of ["fast@berlin", "RTX 3090", "$0.72", "500 µs", "$0.000100", "1.00 s", "6.00 s"]
  ) {
    assertStringIncludes(fast, part);
  }
  assertStringIncludes(slow, "slow@berlin");
  assertEquals(gone, "gone@berlin: no quote: gone is·[2J offline.");
});

Deno.test("equal prices go by the id, and with no quote there is no table", () => {
  const quotes = [quoteOf("b", 360_000, 1000), quoteOf("a", 360_000, 1000)];
  const report = reportOf(quotes, { name: "job", repeat: 1 }, 5);
  assertEquals(report.quotes.map(({ gpu_id }) => gpu_id), ["a", "b"]);
  assertEquals(reportText(reportOf([], { name: "job", repeat: 1 }, 5), "", PLAIN), "");
});

Deno.test("prices get the count of units, and times the scale, at which they tell apart", () => {
  const prices: [micros_per_million: number, label: string, text: string][] = [
    [5e9, "DISPATCH", "$0.00500"],
    [2.5e9 * 1000, "DISPATCH", "$2.50"],
    [600_000, "1K", "$0.000600"],
    [4_170, "1M", "$0.00417"],
    [0.139, "1G", "$0.000139"],
    [0, "1G", "$0.000"],
  ];
  for (const [micros, label, text] of prices) {
    const unit = pricedUnit(micros);
    assertEquals([unit.label, unit.format(micros)], [label, text]);
  }
  const times = [[12.34, "12.3 s"], [1, "1.00 s"], [0.0456, "45.6 ms"], [0.0009996, "1.00 ms"], [
    7.89e-7,
    "789 ns",
  ]] as const;
  for (const [seconds, text] of times) assertEquals(formatSeconds(seconds), text);
});

/** A job whose bindings are given, with an input `x` of 64 bytes. */
function jobOf(bindings: unknown[], outputs: string[]): WgslJobFile {
  const job = JobFile.parse({
    version: 1,
    name: "job",
    kind: "wgsl",
    wgsl: { shader: "s", bindings, dispatch: [1, 2, 3], repeat: 40 },
    inputs: { x: "x.bin" },
    outputs,
    limits: { time_s: 3, vram_mb: 1, output_mb: 1 },
    retry: { attempts: 2 },
  });
  assert(job.kind === "wgsl");
  return job;
}

const IN = { binding: 0, type: "read-only-storage", input: "x" };
const INPUT_BYTES = new Map([["x", 64]]);

Deno.test("a sample reads back the smallest output alone, and fits the rules of jobs", () => {
  const large = { binding: 1, size_bytes: 512 * 1024, output: "large" };
  const small = { binding: 2, size_bytes: 8, output: "small" };
  const job = jobOf([IN, large, small, { binding: 3, size_bytes: 4 }], ["large", "small"]);
  const sample = sampleOf(job, INPUT_BYTES, 7, 5);
  assertEquals(sample.wgsl.bindings.map(({ output }) => output), [
    undefined,
    undefined,
    "sample",
    undefined,
  ]);
  const { wgsl: { repeat, dispatch }, outputs, retry, limits } = sample;
  assertEquals([repeat, dispatch, outputs], [7, [1, 2, 3], ["sample"]]);
  assertEquals([retry.attempts, limits.time_s, limits.vram_mb], [0, 3, 1]);
  assertEquals(sampleOf(job, INPUT_BYTES, 7, 2).limits.time_s, 2);
  checkJobShape({ ...sample, input_bytes: INPUT_BYTES });
});

Deno.test("a job without outputs is waited for by one of its buffers, beyond its own limits", () => {
  const job = jobOf([IN, { binding: 1, size_bytes: 1024 * 1024 - 64 }], []);
  const sample = sampleOf(job, INPUT_BYTES, 1, 5);
  assertEquals(sample.outputs, ["sample"]);
  assertEquals(sample.wgsl.bindings.map(({ output }) => output), [undefined, "sample"]);
  assertEquals(sample.limits.vram_mb, 2);
  checkJobShape({ ...sample, input_bytes: INPUT_BYTES });
  const readOnly = sampleOf(jobOf([IN], []), INPUT_BYTES, 1, 5);
  assertEquals([readOnly.outputs, readOnly.limits.vram_mb], [[], 1]);
});
