import { formatDollars } from "../base/money.ts";
import { FILTER_FIELDS } from "../protocol/filter_fields.ts";
import type { GpuView } from "../protocol/gpu.ts";
import { gpuState } from "../protocol/gpu_state.ts";
import { reputationWord } from "../protocol/reputation_text.ts";
import type { Column } from "./table.ts";

const GPU_COLUMNS: readonly Column[] = [
  { heading: "GPU" },
  { heading: "TYPE" },
  { heading: "VRAM GB", numeric: true },
  { heading: "FP32 GFLOP/S", numeric: true },
  { heading: "PROOF" },
  { heading: "REPUTATION", numeric: true },
  { heading: "PRICE/H", numeric: true },
  { heading: "STATE" },
];

/** How a listing shows a GPU of another registry. */
export interface HomeText {
  /** What stands after its id: "@berlin". */
  suffix: string;
  /** How fresh what is known of it is; null where that isn't shown. */
  freshness: string | null;
}

/**
 * Columns and rows of a listing of GPUs. Those whose home is in `homes` are shown with it, in a table
 * that says how fresh each row is.
 */
export function gpuTable(
  gpus: readonly GpuView[],
  homes: ReadonlyMap<string, HomeText> = new Map(),
): { columns: readonly Column[]; rows: string[][] } {
  const rows = gpus.map((gpu) => [
    gpu.gpu_id + (homes.get(gpu.home)?.suffix ?? ""),
    gpu.gpu_type,
    String(gpu.vram_gb),
    gpu.performance.fp32_gflops.median.toFixed(0),
    gpu.verdict?.verdict ?? "none",
    reputationWord(gpu.reputation),
    formatDollars(gpu.price_micros_per_hour),
    gpuState(gpu),
  ]);
  const isMixed = homes.values().some(({ freshness }) => freshness !== null);
  if (!isMixed) return { columns: GPU_COLUMNS, rows };
  const known = gpus.map(({ home }) => homes.get(home)?.freshness ?? "live");
  return {
    columns: [...GPU_COLUMNS, { heading: "KNOWN" }],
    rows: rows.map((row, i) => [...row, known[i] ?? ""]),
  };
}

/** Columns and rows of a listing of GPUs by fields of the filter language; "-" where one is missing. */
export function fieldTable(
  gpus: readonly GpuView[],
  fields: readonly string[],
): { columns: readonly Column[]; rows: string[][] } {
  const known = fields.flatMap((name) => FILTER_FIELDS[name] ?? []);
  return {
    columns: fields.map((name, i) => ({
      heading: name.toUpperCase(),
      ...(["number", "price"].includes(known[i]?.kind ?? "") ? { numeric: true as const } : {}),
    })),
    rows: gpus.map((gpu) =>
      known.map((field) => {
        const value = field.read(gpu);
        if (value === null) return "-";
        return field.kind === "price" ? formatDollars(Number(value)) : String(value);
      })
    ),
  };
}
