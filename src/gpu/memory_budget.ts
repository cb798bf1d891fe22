import { HorizonError } from "../base/errors.ts";
import { chainLeaves } from "../proof/chain.ts";
import { CHIPS } from "../proof/chips.ts";
import { type ProofSize, residentBytesOf } from "../proof/size.ts";
import type { Gpu } from "./device.ts";
import { treeBytes } from "./hash_tree.ts";
import { inputBytes } from "./matrix_stage.ts";

/** What the batches of the stages and the openings take beside what is counted, at most. */
const TRANSIENT_BYTES = 64 * 2 ** 20;
/** The share of a software adapter's free memory that a proof may take: it is this machine's own. */
const SOFTWARE_SHARE = 0.9;
const BYTES_PER_GB = 1e9;

/** Bytes of GPU memory that a proof takes at its peak. */
export function proofBytes(size: ProofSize, slice_rows: number): number {
  const trees = 2 * treeBytes(size.m) + treeBytes(chainLeaves(size));
  return residentBytesOf(size) + trees + inputBytes(size, slice_rows) + TRANSIENT_BYTES;
}

/**
 * The memory that an adapter may be filled with: for a known chip the most that is sold under its name,
 * since the driver doesn't tell which card of that name it is; 90 % of what is free for a software
 * adapter; unbounded where the name is unknown, since then the driver refuses.
 */
export function memoryBudget(
  { adapter }: { adapter: Pick<Gpu["adapter"], "kind" | "chip"> },
): number {
  if (adapter.kind === "software") return Deno.systemMemoryInfo().available * SOFTWARE_SHARE;
  const chip = CHIPS.find(({ id }) => id === adapter.chip);
  return chip === undefined ? Infinity : chip.memory_max_gb * BYTES_PER_GB;
}

/**
 * Refuses a proof that the GPU can't hold, before anything is made for it: drivers answer such a
 * request late, with a lost device, or by swapping. Throws `gpu_out_of_memory`.
 */
export function checkMemory(
  size: ProofSize,
  slice_rows: number,
  limits: { readonly budget_bytes: number; readonly binding_bytes: number },
): void {
  const needed_bytes = proofBytes(size, slice_rows);
  if (needed_bytes > limits.budget_bytes) {
    throw new HorizonError(
      "gpu_out_of_memory",
      `The proof needs ${megabytes(needed_bytes)} of GPU memory, and there are ` +
        `${megabytes(limits.budget_bytes)}`,
      { fix: "Close what else uses the GPU, or claim the memory that it really has." },
    );
  }
  const bound_bytes = Math.max(treeBytes(size.m), 4 * size.k * size.n);
  if (bound_bytes > limits.binding_bytes) {
    throw new HorizonError(
      "gpu_out_of_memory",
      `The proof needs a buffer of ${megabytes(bound_bytes)}, and this adapter binds at most ` +
        megabytes(limits.binding_bytes),
    );
  }
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
