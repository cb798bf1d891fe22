import { FIRST_KINDS } from "./evolve/gpus.ts";
import { noCounters } from "./reputation.ts";

/**
 * What each version lacks that the next one has. Version 2 knew no homes: every GPU was at its first,
 * and none had left. Version 3 knew neither badges that expire, nor complaints, nor reputations: none
 * of them is there before the first event that they begin with. Version 4 knew no kinds of jobs that a
 * GPU takes; what its jobs lack has defaults.
 */
const STEPS: ReadonlyMap<unknown, Step> = new Map<unknown, Step>([
  [2, { version: 3, gpu: () => ({ home_epoch: 1, arrival: null }), market: { departures: [] } }],
  [3, { version: 4, gpu: unjudged, market: { owners: [] } }],
  [4, { version: 5, gpu: () => ({ kinds: FIRST_KINDS }), market: {} }],
]);

interface Step {
  version: number;
  /** Fields that each GPU gets. */
  gpu: () => Record<string, unknown>;
  /** Fields that the snapshot gets. */
  market: Record<string, unknown>;
}

function unjudged(): Record<string, unknown> {
  const counters = noCounters();
  return { expired: false, complaint: null, complaints: [], counters, counted_at: null };
}

/** A snapshot of a version before as this version writes it; anything else as it is. */
export function upgraded(value: unknown): unknown {
  if (!isRecord(value) || !Array.isArray(value.gpus)) return value;
  const step = STEPS.get(value.version);
  if (step === undefined) return value;
  const gpus = value.gpus.map((gpu: unknown) => isRecord(gpu) ? { ...gpu, ...step.gpu() } : gpu);
  return upgraded({ ...value, ...step.market, version: step.version, gpus });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
