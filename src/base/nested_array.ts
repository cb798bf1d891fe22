import { HorizonError, messageOf } from "./errors.ts";
import type { NpyArray } from "./npy.ts";
import { bytesOfElement, MAX_AXES, type NpyDtype, sizeOfShape } from "./npy_header.ts";

/** Writes a value as an element; false if it isn't one of that type. */
type Put = (view: DataView, at: number, value: unknown) => boolean;

/**
 * The array that nested lists of JSON spell, such as `[[1, 2], [3, 4]]`: numbers, or true and false. All lists of
 * one level are of one length. Without a `dtype` numbers are float32, and truth values bool; a `shape`
 * takes the elements in their order. Throws `invalid_job` with where and what is wrong; `what` names the file.
 */
export function arrayOfLists(
  text: string,
  what: string,
  given: { dtype?: NpyDtype | undefined; shape?: readonly number[] | undefined } = {},
): NpyArray {
  const refuse = (why: string, cause?: unknown) =>
    new HorizonError("invalid_job", `${what} ${why}.`, { cause });
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (cause) {
    throw refuse(`is not JSON: ${messageOf(cause)}`, cause);
  }
  const own = shapeOf(root, refuse);
  const shape = given.shape ?? own;
  if (sizeOfShape(shape) !== sizeOfShape(own)) {
    throw refuse(`has ${sizeOfShape(own)} elements; shape [${shape}] has ${sizeOfShape(shape)}`);
  }
  const first = firstElement(root);
  const dtype = given.dtype ?? (typeof first === "boolean" ? "bool" : "float32");
  const size_bytes = bytesOfElement(dtype);
  const view = new DataView(new ArrayBuffer(sizeOfShape(own) * size_bytes));
  let at = 0;
  const place: number[] = [];
  walk(root, own, place, refuse, (value) => {
    if (!PUT[dtype](view, at, value)) {
      throw refuse(
        `has ${JSON.stringify(value)?.slice(0, 40)} at [${place}], which is no ${dtype}`,
      );
    }
    at += size_bytes;
  });
  return { dtype, shape, data: new Uint8Array(view.buffer) };
}

type Refuse = (why: string) => HorizonError;

/** The lengths of the first list of each level. */
function shapeOf(root: unknown, refuse: Refuse): number[] {
  const shape: number[] = [];
  for (let at = root; Array.isArray(at); at = at[0]) {
    if (shape.length === MAX_AXES) throw refuse(`is nested more than ${MAX_AXES} levels deep`);
    shape.push(at.length);
  }
  return shape;
}

function firstElement(root: unknown): unknown {
  let at = root;
  while (Array.isArray(at)) at = at[0];
  return at;
}

/** Calls for each element in order; `place` has its indices meanwhile. Throws for a ragged list. */
function walk(
  value: unknown,
  shape: readonly number[],
  place: number[],
  refuse: Refuse,
  take: (value: unknown) => void,
): void {
  const length = shape[place.length];
  if (length === undefined) return take(value);
  if (!Array.isArray(value) || value.length !== length) {
    const found = Array.isArray(value) ? `a list of ${value.length}` : "no list";
    throw refuse(`is ragged: at [${place}] it has ${found} where others have ${length} elements`);
  }
  for (let i = 0; i < length; i++) {
    place.push(i);
    walk(value[i], shape, place, refuse, take);
    place.pop();
  }
}

/** Numbers of a type that holds fractions; a finite one must not become infinite. */
function fraction(largest: number, set: (view: DataView, at: number, value: number) => void): Put {
  return (view, at, value) => {
    if (typeof value !== "number" || Math.abs(value) > largest) return false;
    set(view, at, value);
    return true;
  };
}

/** Whole numbers from `least` to `most`. */
function whole(
  least: number,
  most: number,
  set: (view: DataView, at: number, value: number) => void,
): Put {
  return (view, at, value) => {
    if (typeof value !== "number" || !Number.isSafeInteger(value)) return false;
    if (value < least || value > most) return false;
    set(view, at, value);
    return true;
  };
}

/** The largest finite numbers of the formats of IEEE 754. */
const LARGEST_16 = 65_504;
const LARGEST_32 = (2 - 2 ** -23) * 2 ** 127;
/** JSON as it is read here is exact up to this. */
const EXACT = Number.MAX_SAFE_INTEGER;

const PUT: Readonly<Record<NpyDtype, Put>> = {
  float16: fraction(LARGEST_16, (view, at, value) => view.setFloat16(at, value, true)),
  float32: fraction(LARGEST_32, (view, at, value) => view.setFloat32(at, value, true)),
  float64: fraction(Number.MAX_VALUE, (view, at, value) => view.setFloat64(at, value, true)),
  int8: whole(-(2 ** 7), 2 ** 7 - 1, (view, at, value) => view.setInt8(at, value)),
  int16: whole(-(2 ** 15), 2 ** 15 - 1, (view, at, value) => view.setInt16(at, value, true)),
  int32: whole(-(2 ** 31), 2 ** 31 - 1, (view, at, value) => view.setInt32(at, value, true)),
  int64: whole(-EXACT, EXACT, (view, at, value) => view.setBigInt64(at, BigInt(value), true)),
  uint8: whole(0, 2 ** 8 - 1, (view, at, value) => view.setUint8(at, value)),
  uint16: whole(0, 2 ** 16 - 1, (view, at, value) => view.setUint16(at, value, true)),
  uint32: whole(0, 2 ** 32 - 1, (view, at, value) => view.setUint32(at, value, true)),
  uint64: whole(0, EXACT, (view, at, value) => view.setBigUint64(at, BigInt(value), true)),
  bool: (view, at, value) => {
    if (typeof value !== "boolean") return false;
    view.setUint8(at, value ? 1 : 0);
    return true;
  },
};
