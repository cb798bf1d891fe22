/** How far two floating-point numbers may be apart: absolute + relative · |expected|. */
export interface Tolerance {
  absolute: number;
  relative: number;
}

/** What comparing two arrays came to, in elements. */
export interface Comparison {
  /** Equal; NaN equals NaN, and 0 equals -0. */
  exact: number;
  /** Not equal, but within the tolerance. */
  tolerant: number;
  differing: number;
  /** The first that differs. */
  first: { index: number; expected: string; actual: string } | null;
}

/** How the elements of an array are read. Two integers are the same or they aren't. */
export interface ElementReader {
  size_bytes: number;
  read(view: DataView, at: number): number | bigint;
  isFloat: boolean;
}

const reader = (
  size_bytes: number,
  isFloat: boolean,
  read: ElementReader["read"],
): ElementReader => ({ size_bytes, isFloat, read });

/** By numpy's name of the type; little-endian. */
export const ELEMENT_READERS = {
  float16: reader(2, true, (view, at) => view.getFloat16(at, true)),
  float32: reader(4, true, (view, at) => view.getFloat32(at, true)),
  float64: reader(8, true, (view, at) => view.getFloat64(at, true)),
  int8: reader(1, false, (view, at) => view.getInt8(at)),
  int16: reader(2, false, (view, at) => view.getInt16(at, true)),
  int32: reader(4, false, (view, at) => view.getInt32(at, true)),
  int64: reader(8, false, (view, at) => view.getBigInt64(at, true)),
  uint8: reader(1, false, (view, at) => view.getUint8(at)),
  uint16: reader(2, false, (view, at) => view.getUint16(at, true)),
  uint32: reader(4, false, (view, at) => view.getUint32(at, true)),
  uint64: reader(8, false, (view, at) => view.getBigUint64(at, true)),
  bool: reader(1, false, (view, at) => view.getUint8(at)),
} as const satisfies Record<string, ElementReader>;

/**
 * Compares two arrays of one type and length, element by element: integers exactly, floating-point
 * numbers by the tolerance (the rule of numpy.isclose; infinities must be equal). Throws RangeError
 * for lengths that differ or are no whole number of elements.
 */
export function compareArrays(
  dtype: keyof typeof ELEMENT_READERS,
  expected: Uint8Array,
  actual: Uint8Array,
  { absolute, relative }: Tolerance,
): Comparison {
  const { size_bytes, isFloat, read } = ELEMENT_READERS[dtype];
  if (expected.length !== actual.length || expected.length % size_bytes !== 0) {
    throw new RangeError(`${expected.length} and ${actual.length} bytes aren't arrays of ${dtype}`);
  }
  const [a, b] = [viewOf(expected), viewOf(actual)];
  const comparison: Comparison = { exact: 0, tolerant: 0, differing: 0, first: null };
  for (let at = 0; at < expected.length; at += size_bytes) {
    const [x, y] = [read(a, at), read(b, at)];
    if (x === y || (x !== x && y !== y)) comparison.exact++;
    else if (isFloat && isClose(Number(x), Number(y), absolute, relative)) comparison.tolerant++;
    else {
      comparison.first ??= { index: at / size_bytes, expected: String(x), actual: String(y) };
      comparison.differing++;
    }
  }
  return comparison;
}

/** False where one of them is NaN, or infinite and the other not the same. */
function isClose(x: number, y: number, absolute: number, relative: number): boolean {
  return Number.isFinite(x) && Math.abs(x - y) <= absolute + relative * Math.abs(x);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
