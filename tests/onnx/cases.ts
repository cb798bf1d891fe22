import { decodeNpy, type NpyArray } from "../../src/base/npy.ts";

/** A model of one operator with inputs and the outputs that the ONNX project expects. */
export interface OperatorCase {
  name: string;
  model: Uint8Array<ArrayBuffer>;
  inputs: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  outputs: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

const FOLDER = new URL("./cases/", import.meta.url);

export function operatorCases(): OperatorCase[] {
  const folders = [...Deno.readDirSync(FOLDER)].filter(({ isDirectory }) => isDirectory);
  return folders.map(({ name }) => name).sort().map(operatorCase);
}

export function operatorCase(name: string): OperatorCase {
  const folder = new URL(`${name}/`, FOLDER);
  const files = [...Deno.readDirSync(folder)].map((entry) => entry.name);
  const arrays = (prefix: string) =>
    new Map(
      files.filter((file) => file.startsWith(prefix)).map((file) => [
        file.slice(prefix.length, -".npy".length),
        Deno.readFileSync(new URL(file, folder)),
      ]),
    );
  return {
    name,
    model: Deno.readFileSync(new URL("model.onnx", folder)),
    inputs: arrays("in_"),
    outputs: arrays("out_"),
  };
}

/** What differs between an output and what is expected, or null: type, shape, then each value. */
export function difference(
  actual: Uint8Array<ArrayBuffer>,
  expected: Uint8Array<ArrayBuffer>,
): string | null {
  const a = decodeNpy(actual, "the output");
  const b = decodeNpy(expected, "the expected output");
  if (a.dtype !== b.dtype) return `${a.dtype} instead of ${b.dtype}`;
  if (a.shape.join() !== b.shape.join()) return `[${a.shape}] instead of [${b.shape}]`;
  const [x, y] = [valuesOf(a), valuesOf(b)];
  const at = x.findIndex((value, i) => !close(value, y[i] ?? NaN));
  return at < 0 ? null : `element ${at} is ${x[at]} instead of ${y[at]}`;
}

/** How far two processors may differ in rounding: 1e-3 of the value, and 1e-5. */
function close(a: number, b: number): boolean {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-5 + 1e-3 * Math.abs(b);
}

/** The values of an array as numbers; enough for comparing these cases. */
export function valuesOf({ dtype, data }: NpyArray): number[] {
  const { buffer } = data.slice();
  switch (dtype) {
    case "float32":
      return [...new Float32Array(buffer)];
    case "float64":
      return [...new Float64Array(buffer)];
    case "int32":
      return [...new Int32Array(buffer)];
    case "int64":
      return [...new BigInt64Array(buffer)].map(Number);
    default:
      return [...new Uint8Array(buffer)];
  }
}
