import type { GpuQuery } from "./api.ts";
import { FILTER_FIELDS } from "./filter_fields.ts";
import { compileFilter, type GpuOrder, type GpuPredicate } from "./filter.ts";
import type { GpuView } from "./gpu.ts";

/** What of a query says which GPUs are listed. */
export type GpuSelection = Pick<GpuQuery, "where" | "type" | "verdict" | "owner" | "home" | "all">;

/** What an order sorts by; null where the GPU lacks the figure, which comes last either way. */
export type SortKey = string | number | null;

/** A place between two GPUs of an order: right after the GPU with this key, id and home. */
export interface OrderPlace {
  key: SortKey;
  gpu_id: string;
  home: string;
}

/** The GPUs that a query asks for. Throws `invalid_filter`. */
export function selects(query: GpuSelection): GpuPredicate {
  const where = query.where === undefined ? null : compileFilter(query.where);
  const type = query.type?.toLowerCase();
  return (gpu) =>
    (query.all || gpu.available) &&
    (type === undefined || gpu.gpu_type.toLowerCase().includes(type)) &&
    (query.verdict === undefined || gpu.verdict?.verdict === query.verdict) &&
    (query.owner === undefined || gpu.owner === query.owner) &&
    (query.home === undefined || gpu.home === query.home) &&
    (where === null || where(gpu));
}

/** Where a GPU stands in an order. */
export function placeIn(order: GpuOrder, gpu: GpuView): OrderPlace {
  const field = FILTER_FIELDS[order.field];
  const key = field === undefined || field.kind === "flag" ? null : field.read(gpu);
  return { key, gpu_id: gpu.gpu_id, home: gpu.home };
}

/** Which of two places comes first; ties go by id, then by home. */
export function comparePlaces(order: GpuOrder, a: OrderPlace, b: OrderPlace): number {
  return compareKeys(a.key, b.key, order.descending) ||
    compareKeys(a.gpu_id, b.gpu_id, false) || compareKeys(a.home, b.home, false);
}

function compareKeys(a: SortKey, b: SortKey, descending: boolean): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return (a < b) === descending ? 1 : -1;
}
