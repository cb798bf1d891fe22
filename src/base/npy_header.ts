import type { HorizonError } from "./errors.ts";

/** Element types of `.npy` that are read and written: numpy's description and size of each. */
const DTYPES = {
  float32: ["<f4", 4],
  float64: ["<f8", 8],
  float16: ["<f2", 2],
  int8: ["|i1", 1],
  int16: ["<i2", 2],
  int32: ["<i4", 4],
  int64: ["<i8", 8],
  uint8: ["|u1", 1],
  uint16: ["<u2", 2],
  uint32: ["<u4", 4],
  uint64: ["<u8", 8],
  bool: ["|b1", 1],
} as const;

export type NpyDtype = keyof typeof DTYPES;

/** numpy itself allows 64 axes; no model needs more than these. */
export const MAX_AXES = 32;

/** Whether a text names an element type of `.npy` (numpy's names, which are ONNX's too). */
export function isNpyDtype(text: string): text is NpyDtype {
  return Object.hasOwn(DTYPES, text);
}

export const NPY_DTYPES: readonly NpyDtype[] = Object.keys(DTYPES).filter(isNpyDtype);

export function descriptorOf(dtype: NpyDtype): string {
  return DTYPES[dtype][0];
}

export function bytesOfElement(dtype: NpyDtype): number {
  return DTYPES[dtype][1];
}

/** Number of elements; 1 for a scalar. Infinite or inexact for what no memory holds. */
export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

/**
 * The element type and shape in a header: a Python literal of a dictionary with exactly the keys
 * descr, fortran_order and shape, in any order. Throws what `refuse` makes of the reason.
 */
export function parseHeader(
  text: string,
  refuse: (why: string) => HorizonError,
): { dtype: NpyDtype; shape: number[] } {
  const descr = /(['"])descr\1\s*:\s*(['"])([^'"]*)\2/.exec(text)?.[3];
  const order = /(['"])fortran_order\1\s*:\s*(True|False)/.exec(text)?.[2];
  const axes = /(['"])shape\1\s*:\s*\(([\d,\s]*)\)/.exec(text)?.[2];
  if (descr === undefined || order === undefined || axes === undefined) {
    throw refuse("has a header without a plain descr, fortran_order and shape");
  }
  const lengths = axes.split(",").map((part) => part.trim()).filter((part) => part !== "");
  const shape = lengths.map(Number);
  if (shape.length > MAX_AXES) throw refuse(`has ${shape.length} axes; at most ${MAX_AXES}`);
  if (!shape.every(Number.isSafeInteger) || !Number.isSafeInteger(sizeOfShape(shape))) {
    throw refuse("has a shape with a number that isn't whole");
  }
  // With one axis or fewer both orders are the same.
  if (order === "True" && shape.filter((length) => length > 1).length > 1) {
    throw refuse("is in Fortran order; save it with numpy.ascontiguousarray");
  }
  return { dtype: dtypeOf(descr, refuse), shape };
}

function dtypeOf(descr: string, refuse: (why: string) => HorizonError): NpyDtype {
  const dtype = NPY_DTYPES.find((name) => {
    const known = descriptorOf(name);
    // A single byte has no order, however it is written; "=" and "|" are not written for others.
    return descr === known || (known.startsWith("|") && /^[<>=|]/.test(descr) &&
      descr.slice(1) === known.slice(1));
  });
  if (dtype !== undefined) return dtype;
  const reason = descr.startsWith(">") ? "big-endian elements" : `elements of type ${descr}`;
  throw refuse(`has ${reason}; ${NPY_DTYPES.join(", ")} are read, little-endian`);
}
