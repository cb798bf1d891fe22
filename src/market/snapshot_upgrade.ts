import { SNAPSHOT_VERSION } from "./snapshot_schema.ts";

/** The version that knew no homes. */
const HOMELESS_VERSION = 2;

/**
 * A snapshot of the version before as this version writes it; anything else as it is. In version 2 every
 * GPU was at its first home, and none had left.
 */
export function upgraded(value: unknown): unknown {
  if (!isRecord(value) || value.version !== HOMELESS_VERSION) return value;
  if (!Array.isArray(value.gpus)) return value;
  const gpus = value.gpus.map((gpu: unknown) =>
    isRecord(gpu) ? { ...gpu, home_epoch: 1, arrival: null } : gpu
  );
  return { ...value, version: SNAPSHOT_VERSION, gpus, departures: [] };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
