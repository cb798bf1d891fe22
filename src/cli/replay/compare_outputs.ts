import { compareArrays, type Comparison, type Tolerance } from "../../base/array_comparison.ts";
import { HorizonError } from "../../base/errors.ts";
import { decodeNpy } from "../../base/npy.ts";
import { bytesOfElement, type NpyDtype, sizeOfShape } from "../../base/npy_header.ts";
import type { JobBundle, WgslBinding } from "../../protocol/job.ts";

type Outputs = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** One output, compared. */
export interface ComparedOutput extends Comparison {
  name: string;
  dtype: NpyDtype;
  /** What it was held to; zeros for integers. */
  tolerance: Tolerance;
  /** Why it differs as a whole: it is missing, or of another type or shape; null otherwise. */
  problem: string | null;
}

/** An output as its kind of job makes it, or what is wrong with it. */
interface ReadArray {
  dtype: NpyDtype;
  shape: readonly number[];
  data: Uint8Array;
  problem: string | null;
}

/**
 * By the type of an output's own numbers: WebGPU leaves its built-in functions a few last digits, and
 * the order of a sum to the driver. Integers have none.
 */
const TOLERANCES: Partial<Record<NpyDtype, Tolerance>> = {
  float16: { absolute: 1e-3, relative: 1e-2 },
  float32: { absolute: 1e-5, relative: 1e-4 },
  float64: { absolute: 1e-5, relative: 1e-4 },
};
const EXACT: Tolerance = { absolute: 0, relative: 0 };

/** The types of a binding's elements, by their names in WGSL. */
const NPY_NAMES: Readonly<Record<NonNullable<WgslBinding["dtype"]>, NpyDtype>> = {
  u32: "uint32",
  i32: "int32",
  f32: "float32",
  f16: "float16",
};

/** What an output is held to: what is asked for, else what is usual for its type. */
function toleranceOf(dtype: NpyDtype, wanted: Partial<Tolerance>): Tolerance {
  const usual = TOLERANCES[dtype];
  return usual === undefined ? EXACT : { ...usual, ...wanted };
}

/** The widest that any of these was held to, which is what a statement can say of all. */
export function widestTolerance(compared: readonly ComparedOutput[]): Tolerance {
  const widest = (part: keyof Tolerance) =>
    Math.max(0, ...compared.map(({ tolerance }) => tolerance[part]));
  return { absolute: widest("absolute"), relative: widest("relative") };
}

/**
 * Compares each output that a job was to make with that of a replay, each by its own type. Neither
 * side is trusted: what is missing or no array differs as a whole.
 */
export function compareOutputs(
  bundle: JobBundle,
  expected: Outputs,
  actual: Outputs,
  wanted: Partial<Tolerance> = {},
): ComparedOutput[] {
  return bundle.outputs.map((name) => {
    const [was, is] = [readArray(bundle, name, expected), readArray(bundle, name, actual)];
    const { dtype } = was;
    const tolerance = toleranceOf(dtype, wanted);
    const problem = problemOf(was, is);
    if (problem === null) {
      const counts = compareArrays(dtype, was.data, is.data, tolerance);
      return { name, dtype, tolerance, problem, ...counts };
    }
    const differing = Math.max(1, sizeOfShape(was.shape));
    return { name, dtype, tolerance, problem, exact: 0, tolerant: 0, differing, first: null };
  });
}

/** Why two arrays can't be compared element by element; null where they can. */
function problemOf(was: ReadArray, is: ReadArray): string | null {
  if (was.problem !== null) return `in the job's result, ${was.problem}`;
  if (is.problem !== null) return `in the replay, ${is.problem}`;
  const describe = ({ dtype, shape }: ReadArray) => `${dtype} [${shape.join(", ")}]`;
  const [a, b] = [describe(was), describe(is)];
  return a === b ? null : `the replay made ${b} instead of ${a}`;
}

/**
 * A model's outputs say what they are, and so do a module's that are named `.npy`; a shader's are what
 * its job file says, u32 by default; the rest are bytes.
 */
function readArray(bundle: JobBundle, name: string, outputs: Outputs): ReadArray {
  const dtype = bundle.kind === "wgsl" ? dtypeOf(bundle.wgsl.bindings, name) : "uint8";
  const nothing = { dtype, shape: [], data: new Uint8Array() };
  const bytes = outputs.get(name);
  if (bytes === undefined) return { ...nothing, problem: "it is missing" };
  if (bundle.kind === "onnx" || (bundle.kind === "module" && name.endsWith(".npy"))) {
    try {
      return { ...decodeNpy(bytes, "it"), problem: null };
    } catch (thrown) {
      if (!(thrown instanceof HorizonError)) throw thrown;
      return { ...nothing, problem: thrown.message };
    }
  }
  const size_bytes = bytesOfElement(dtype);
  if (bytes.length % size_bytes !== 0) {
    return { ...nothing, problem: `it has ${bytes.length} bytes, and a ${dtype} ${size_bytes}` };
  }
  return { dtype, shape: [bytes.length / size_bytes], data: bytes, problem: null };
}

function dtypeOf(bindings: readonly WgslBinding[], name: string): NpyDtype {
  return NPY_NAMES[bindings.find(({ output }) => output === name)?.dtype ?? "u32"];
}
