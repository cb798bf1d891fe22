import { assert, assertEquals, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { arrayOfLists } from "../../src/base/nested_array.ts";
import { NPY_DTYPES, type NpyDtype, sizeOfShape } from "../../src/base/npy_header.ts";
import type { Random } from "../random.ts";
import { seeded } from "./seeded.ts";

/** The same by typed arrays, which are little-endian here; each makes what its type holds. */
const TYPED: Readonly<Record<NpyDtype, (values: number[]) => ArrayBufferView>> = {
  float16: (values) => Float16Array.from(values),
  float32: (values) => Float32Array.from(values),
  float64: (values) => Float64Array.from(values),
  int8: (values) => Int8Array.from(values),
  int16: (values) => Int16Array.from(values),
  int32: (values) => Int32Array.from(values),
  int64: (values) => BigInt64Array.from(values.map(BigInt)),
  uint8: (values) => Uint8Array.from(values),
  uint16: (values) => Uint16Array.from(values),
  uint32: (values) => Uint32Array.from(values),
  uint64: (values) => BigUint64Array.from(values.map(BigInt)),
  bool: (values) => Uint8Array.from(values),
};

/** A value of that type, as JSON has it. */
function element(dtype: NpyDtype, random: Random): number | boolean {
  if (dtype === "bool") return random.below(2) === 1;
  if (dtype.startsWith("float")) return (random.below(2 ** 30) - 2 ** 29) / 2 ** 14;
  const bits = Math.min(Number(/\d+/.exec(dtype)?.[0]), 52);
  const value = Math.floor(random.below(2 ** 31) / 2 ** 31 * 2 ** bits);
  return dtype.startsWith("u") ? value : value - 2 ** (bits - 1);
}

/** Elements in their order as nested lists. */
function nest(values: readonly unknown[], [length, ...rest]: readonly number[]): unknown {
  if (length === undefined) return values[0];
  const size = sizeOfShape(rest);
  return Array.from(
    { length },
    (_, i) => nest(values.slice(i * size, (i + 1) * size), rest),
  );
}

Deno.test("nested lists become the array that typed arrays make of them", () => {
  const random = seeded("nested lists");
  for (let round = 0; round < 600; round++) {
    const dtype = NPY_DTYPES[round % NPY_DTYPES.length] ?? "float32";
    const shape = Array.from({ length: random.below(4) }, () => 1 + random.below(4));
    const values = Array.from({ length: sizeOfShape(shape) }, () => element(dtype, random));
    const text = JSON.stringify(nest(values, shape));
    const made = arrayOfLists(text, "it", { dtype });
    const view = TYPED[dtype](values.map(Number));
    const data = new Uint8Array(view.buffer.slice(0));
    assertEquals(made, { dtype, shape, data: new Uint8Array(data) }, `${dtype} of ${text}`);
  }
});

Deno.test("numbers are float32 unless said otherwise, truth values bool, and a shape folds them", () => {
  assertEquals(arrayOfLists("[1, 2.5]", "it").dtype, "float32");
  assertEquals(arrayOfLists("[[true], [false]]", "it").dtype, "bool");
  assertEquals(arrayOfLists("7", "it").shape, []);
  assertEquals(arrayOfLists("[]", "it").shape, [0]);
  assertEquals(arrayOfLists("[[], []]", "it").shape, [2, 0]);
  assertEquals(arrayOfLists("[1, 2, 3, 4]", "it", { shape: [2, 2] }).shape, [2, 2]);
});

const REFUSED: [text: string, given: { dtype?: NpyDtype; shape?: number[] }, why: RegExp][] = [
  ["", {}, /is not JSON/],
  ["{}", {}, /has \{\} at \[\], which is no float32/],
  ["[1, null]", {}, /has null at \[1\]/],
  ['["1"]', {}, /has "1" at \[0\]/],
  ["[1, true]", {}, /has true at \[1\], which is no float32/],
  ["[[1, 2], [3]]", {}, /is ragged: at \[1\] it has a list of 1 where others have 2/],
  ["[[1], 2]", {}, /is ragged: at \[1\] it has no list/],
  ["[1, [2]]", {}, /has \[2\] at \[1\]/],
  ["[[], [1]]", {}, /is ragged/],
  ["[1, 2, 3]", { shape: [2, 2] }, /has 3 elements; shape \[2,2\] has 4/],
  ["[1.5]", { dtype: "int32" }, /has 1.5 at \[0\], which is no int32/],
  ["[256]", { dtype: "uint8" }, /which is no uint8/],
  ["[-1]", { dtype: "uint64" }, /which is no uint64/],
  ["[-129]", { dtype: "int8" }, /which is no int8/],
  ["[9007199254740993]", { dtype: "int64" }, /which is no int64/],
  ["[65505]", { dtype: "float16" }, /which is no float16/],
  ["[1e39]", {}, /which is no float32/],
  ["[1e999]", { dtype: "float64" }, /which is no float64/],
  ["[0]", { dtype: "bool" }, /which is no bool/],
  ["[".repeat(33) + "1" + "]".repeat(33), {}, /nested more than 32/],
];
for (const [text, given, why] of REFUSED) {
  Deno.test(`lists are refused with the place: ${text.slice(0, 40)} ${JSON.stringify(given)}`, () => {
    const error = assertThrows(() => arrayOfLists(text, "it", given), HorizonError);
    assertEquals(error.code, "invalid_job");
    assert(why.test(error.message), error.message);
  });
}
