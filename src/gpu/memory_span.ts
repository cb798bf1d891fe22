import type { AdapterDescription } from "./adapter.ts";

/** The buffers over which memory is measured: pairs of one size. */
export interface MemorySpan {
  readonly buffer_bytes: number;
  readonly pairs: number;
}

/** Beyond any last-level cache of a GPU, which reach 256 MiB. */
const HARDWARE_BYTES = 2 ** 30;
/** A software adapter's memory is the host's, and each pass takes long: it stays small. */
const SOFTWARE_BYTES = 2 ** 26;
/** Not more than this share of a memory that is known. */
const MEMORY_SHARE = 0.25;
const MIN_BYTES = 2 ** 24;
const BYTES_PER_GB = 1e9;

/**
 * How much memory to measure: 1 GiB in all on a GPU, less on a small one, 64 MiB on a software
 * adapter, in as few pairs of buffers as a binding of `max_binding_bytes` allows.
 */
export function memorySpan(
  { kind, memory_gb }: Pick<AdapterDescription, "kind" | "memory_gb">,
  max_binding_bytes: number,
): MemorySpan {
  const wanted = kind === "software" ? SOFTWARE_BYTES : HARDWARE_BYTES;
  const there = memory_gb === null || memory_gb === 0
    ? wanted
    : memory_gb * BYTES_PER_GB * MEMORY_SHARE;
  const total_bytes = powerOfTwoWithin(Math.max(MIN_BYTES, Math.min(wanted, there)));
  const buffer_bytes = Math.min(total_bytes / 2, powerOfTwoWithin(max_binding_bytes));
  return { buffer_bytes, pairs: total_bytes / 2 / buffer_bytes };
}

/** The next smaller span, where a driver has no room for one; null if it is as small as it gets. */
export function halfSpan({ buffer_bytes, pairs }: MemorySpan): MemorySpan | null {
  if (pairs > 1) return { buffer_bytes, pairs: pairs / 2 };
  return 2 * buffer_bytes > MIN_BYTES ? { buffer_bytes: buffer_bytes / 2, pairs } : null;
}

/** Bytes of all its buffers. */
export function spanBytes({ buffer_bytes, pairs }: MemorySpan): number {
  return 2 * buffer_bytes * pairs;
}

function powerOfTwoWithin(bytes: number): number {
  return 2 ** Math.floor(Math.log2(bytes));
}
