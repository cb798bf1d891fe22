import type { NpyArray } from "../../base/npy.ts";
import { bytesOfElement, sizeOfShape } from "../../base/npy_header.ts";
import { modelError } from "./explain.ts";

/** Rows (axis 0) that all inputs have. Throws `model_error` where they differ or there are none. */
export function commonRows(inputs: ReadonlyMap<string, NpyArray>): number {
  let common: { name: string; rows: number } | null = null;
  for (const [name, { shape }] of inputs) {
    const rows = shape[0];
    if (rows === undefined) {
      throw modelError(`The input "${name}" is a single value: it can't be cut into batches.`);
    }
    common ??= { name, rows };
    if (rows !== common.rows) {
      throw modelError(
        `Inputs are cut along axis 0, but "${common.name}" has ${common.rows} rows and "${name}" ${rows}.`,
      );
    }
  }
  if (common === null || common.rows === 0) throw modelError("There are no rows to cut.");
  return common.rows;
}

/** The rows from `start` up to `end` of an array; a view. */
export function rowsOf({ dtype, shape, data }: NpyArray, start: number, end: number): NpyArray {
  const row_bytes = sizeOfShape(shape.slice(1)) * bytesOfElement(dtype);
  return {
    dtype,
    shape: [end - start, ...shape.slice(1)],
    data: data.subarray(start * row_bytes, end * row_bytes),
  };
}

/** Arrays one after the other along axis 0. Throws `model_error` where they don't fit together. */
export function joined(parts: readonly NpyArray[], name: string): NpyArray {
  const [first, ...others] = parts;
  if (first === undefined) throw modelError(`The output "${name}" has no rows.`);
  if (others.length === 0) return first;
  const tail = first.shape.slice(1).join();
  const fits = first.shape.length > 0 &&
    others.every(({ dtype, shape }) =>
      dtype === first.dtype && shape.length === first.shape.length &&
      shape.slice(1).join() === tail
    );
  if (!fits) {
    throw modelError(`The output "${name}" of one batch doesn't fit the next along axis 0.`);
  }
  const data = new Uint8Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at_bytes = 0;
  for (const part of parts) {
    data.set(part.data, at_bytes);
    at_bytes += part.data.length;
  }
  const rows = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  return { dtype: first.dtype, shape: [rows, ...first.shape.slice(1)], data };
}
