import { assertEquals, assertThrows } from "@std/assert";
import { compareArrays } from "../../src/base/array_comparison.ts";
import { NPY_DTYPES, type NpyDtype } from "../../src/base/npy_header.ts";
import { bytesOfElement } from "../../src/base/npy_header.ts";
import { seeded } from "./seeded.ts";

const NONE = { absolute: 0, relative: 0 };

/** The same by typed arrays, which are little-endian here. */
const TYPED: Readonly<Record<NpyDtype, (bytes: ArrayBuffer) => ArrayLike<number | bigint>>> = {
  float16: (bytes) => new Float16Array(bytes),
  float32: (bytes) => new Float32Array(bytes),
  float64: (bytes) => new Float64Array(bytes),
  int8: (bytes) => new Int8Array(bytes),
  int16: (bytes) => new Int16Array(bytes),
  int32: (bytes) => new Int32Array(bytes),
  int64: (bytes) => new BigInt64Array(bytes),
  uint8: (bytes) => new Uint8Array(bytes),
  uint16: (bytes) => new Uint16Array(bytes),
  uint32: (bytes) => new Uint32Array(bytes),
  uint64: (bytes) => new BigUint64Array(bytes),
  bool: (bytes) => new Uint8Array(bytes),
};

Deno.test("arrays are compared as a plain loop compares them", () => {
  const random = seeded("comparisons");
  for (let round = 0; round < 600; round++) {
    const dtype = NPY_DTYPES[round % NPY_DTYPES.length] ?? "float32";
    const count = random.below(20);
    const expected = random.bytes(count * bytesOfElement(dtype));
    const actual = expected.slice();
    for (let i = 0; i < random.below(4) && actual.length > 0; i++) {
      actual[random.below(actual.length)] = random.below(256);
    }
    const tolerance = { absolute: random.below(3) / 1e3, relative: random.below(3) / 1e3 };
    const [a, b] = [TYPED[dtype](expected.buffer), TYPED[dtype](actual.buffer)];
    const wanted = { exact: 0, tolerant: 0, differing: 0 };
    let first: number | null = null;
    for (let i = 0; i < count; i++) {
      const [x, y] = [a[i] ?? 0, b[i] ?? 0];
      const isSame = x === y || (Number.isNaN(x) && Number.isNaN(y));
      const bound = tolerance.absolute + tolerance.relative * Math.abs(Number(x));
      const isNear = typeof x === "number" && dtype.startsWith("float") && Number.isFinite(x) &&
        Number.isFinite(y) && Math.abs(x - Number(y)) <= bound;
      if (isSame) wanted.exact++;
      else if (isNear) wanted.tolerant++;
      else {
        wanted.differing++;
        first ??= i;
      }
    }
    const { first: found, ...counts } = compareArrays(dtype, expected, actual, tolerance);
    assertEquals([counts, found?.index ?? null], [wanted, first], dtype);
  }
});

const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

Deno.test("NaN equals NaN, 0 equals -0, an infinity only itself", () => {
  const compare = (x: number, y: number) =>
    compareArrays("float32", floats(x), floats(y), { absolute: 1, relative: 1 });
  for (const [x, y] of [[NaN, NaN], [0, -0], [Infinity, Infinity]] as const) {
    assertEquals(compare(x, y).exact, 1, `${x} and ${y}`);
  }
  for (
    const [x, y] of [[NaN, 0], [0, NaN], [Infinity, -Infinity], [1, Infinity], [
      Infinity,
      1,
    ]] as const
  ) {
    assertEquals(compare(x, y).differing, 1, `${x} and ${y}`);
  }
});

Deno.test("what differs first is named, and integers have no tolerance", () => {
  const words = (...values: number[]) => new Uint8Array(Uint32Array.from(values).buffer);
  const loose = { absolute: 1, relative: 1 };
  assertEquals(compareArrays("uint32", words(1, 2, 3), words(1, 3, 4), loose), {
    ...{ exact: 1, tolerant: 0, differing: 2 },
    first: { index: 1, expected: "2", actual: "3" },
  });
  const { tolerant } = compareArrays("float32", floats(1, 2), floats(1.05, 2), {
    absolute: 0.01,
    relative: 0.05,
  });
  assertEquals(tolerant, 1);
});

Deno.test("arrays of other lengths, or of no whole elements, aren't compared", () => {
  for (const [a, b] of [[4, 8], [3, 3]] as const) {
    assertThrows(
      () => compareArrays("float32", new Uint8Array(a), new Uint8Array(b), NONE),
      RangeError,
    );
  }
});
