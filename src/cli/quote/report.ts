import { formatDollars, holdMicros } from "../../base/money.ts";
import { formatDuration } from "../../base/time_text.ts";
import { printable } from "../../base/printable.ts";
import { type Column, type Look, table } from "../table.ts";
import type { GpuQuote } from "./gpu_quote.ts";
import type { Measurement } from "./measurement.ts";
import { formatSeconds, pricedUnit } from "./units.ts";

/** A GPU's quote as the document shows it. */
export interface PricedGpu extends Measurement {
  gpu_id: string;
  class: string;
  verification: string;
  ask_micros_per_hour: number;
  /** Micro-dollars of a million dispatches at the ask, to a thousandth. */
  price_micros_per_million_units: number;
  /** The whole job's time, its start included, and what it costs at the ask. */
  job_s: number;
  job_price_micros: number;
  lease_id: string | null;
  /** What the samples cost; null where the registry could not be asked. */
  cost_micros: number | null;
}

/** A GPU without a quote, with the reason. */
export interface FailedGpu {
  gpu_id: string;
  class: string;
  verification: string;
  ask_micros_per_hour: number;
  code: string;
  message: string;
  lease_id: string | null;
  cost_micros: number | null;
}

/** What `horizon quote` answers. */
export interface QuoteReport {
  /** What a unit of work is. */
  unit: "dispatch";
  job: { name: string; repeat: number };
  sample_s: number;
  /** Cheapest unit first. */
  quotes: PricedGpu[];
  failed: FailedGpu[];
  /** What all samples cost, in micro-dollars, as far as it is known. */
  cost_micros: number;
}

const US_PER_HOUR = 3_600_000_000;

/** Prices what was measured, cheapest first; equal prices by the id. */
export function reportOf(
  quotes: readonly GpuQuote[],
  job: { name: string; repeat: number },
  sample_s: number,
): QuoteReport {
  const priced: PricedGpu[] = [];
  const failed: FailedGpu[] = [];
  for (const quote of quotes) {
    const { gpu_id, class: gpuClass, verification, ask_micros_per_hour } = quote.gpu;
    const gpu = { gpu_id, class: gpuClass, verification, ask_micros_per_hour };
    const { lease, outcome } = quote;
    const bill = { lease_id: lease?.lease_id ?? null, cost_micros: lease?.cost_micros ?? null };
    if ("failure" in outcome) failed.push({ ...gpu, ...outcome.failure, ...bill });
    else {
      const { measured } = outcome;
      priced.push({
        ...gpu,
        ...measured,
        ...estimate(measured, ask_micros_per_hour, job),
        ...bill,
      });
    }
  }
  priced.sort((a, b) =>
    a.price_micros_per_million_units - b.price_micros_per_million_units ||
    (a.gpu_id < b.gpu_id ? -1 : 1)
  );
  const cost_micros = quotes.reduce((sum, { lease }) => sum + (lease?.cost_micros ?? 0), 0);
  const { name, repeat } = job;
  return { unit: "dispatch", job: { name, repeat }, sample_s, quotes: priced, failed, cost_micros };
}

/** What a million units and the whole job take at a measured speed. */
function estimate(
  { unit_ns, startup_ms }: Measurement,
  ask_micros_per_hour: number,
  { repeat }: { repeat: number },
) {
  // A million units of n ns take n ms, which is 1,000 n µs.
  const per_million = ask_micros_per_hour * unit_ns * 1000 / US_PER_HOUR;
  const job_s = (startup_ms + repeat * unit_ns / 1e6) / 1000;
  return {
    price_micros_per_million_units: Math.round(per_million * 1000) / 1000,
    job_s: Math.round(job_s * 1000) / 1000,
    job_price_micros: holdMicros(ask_micros_per_hour, Math.ceil(job_s)),
  };
}

/** The table of the quotes, and a line for each GPU without one. */
export function reportText(report: QuoteReport, suffix: string, look: Look): string {
  const { quotes, failed, job } = report;
  const failures = failed.map(({ gpu_id, message }) =>
    `${gpu_id}${suffix}: no quote: ${printable(message)}\n`
  );
  if (quotes.length === 0) return failures.join("");
  const unit = pricedUnit(quotes[0]?.price_micros_per_million_units ?? 0);
  const columns: Column[] = [
    { heading: "GPU" },
    { heading: "CLASS" },
    { heading: "PROOF" },
    { heading: "ASK/H", numeric: true },
    { heading: "TIME/DISPATCH", numeric: true },
    { heading: `PRICE/${unit.label}`, numeric: true },
    { heading: "START", numeric: true },
    { heading: "JOB TIME", numeric: true },
    { heading: "JOB PRICE", numeric: true },
  ];
  const rows = quotes.map((quote) => [
    quote.gpu_id + suffix,
    quote.class,
    quote.verification,
    formatDollars(quote.ask_micros_per_hour),
    formatSeconds(quote.unit_ns / 1e9),
    unit.format(quote.price_micros_per_million_units),
    formatSeconds(quote.startup_ms / 1000),
    quote.job_s < 60 ? formatSeconds(quote.job_s) : formatDuration(Math.round(quote.job_s)),
    formatDollars(quote.job_price_micros),
  ]);
  const count = `The job is ${job.repeat} dispatch${job.repeat === 1 ? "" : "es"}.\n`;
  return table(columns, rows, look) + count + failures.join("");
}
