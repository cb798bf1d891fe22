import type { InferenceSession, Tensor } from "onnxruntime-web/jspi";
import type { NpyArray } from "../../base/npy.ts";
import { isNpyDtype, type NpyDtype } from "../../base/npy_header.ts";
import { modelError } from "./explain.ts";
import type { Ort } from "./load.ts";

/** An array as a tensor of ONNX Runtime's; its bytes are copied, since they may be unaligned. */
export function tensorOf(ort: Ort, array: NpyArray): Tensor {
  const { buffer } = array.data.slice();
  return new ort.Tensor(array.dtype, typedArray(array.dtype, buffer), array.shape);
}

/** A tensor's values as an array. Throws `model_error` for texts and the other types without one. */
export function arrayOf(tensor: Tensor, name: string): NpyArray {
  const { type, data } = tensor;
  if (!isNpyDtype(type) || !ArrayBuffer.isView(data)) {
    throw modelError(`The model's output "${name}" is of type ${type}, which .npy can't hold.`);
  }
  const bytes = new Uint8Array(data.byteLength);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return { dtype: type, shape: tensor.dims, data: bytes };
}

/** Refuses an array that the model's input can't take: another type, or another fixed length. */
export function checkInput(
  array: NpyArray,
  wanted: InferenceSession.ValueMetadata,
  jobName: string,
): void {
  const what = `The input "${jobName}" (the model's "${wanted.name}")`;
  if (!wanted.isTensor) throw modelError(`${what} is no tensor in the model.`);
  if (wanted.type !== array.dtype) {
    throw modelError(`${what} is ${array.dtype}; the model takes ${wanted.type}.`);
  }
  // An empty shape is a scalar's, or says nothing: then the runtime itself has to check it.
  if (wanted.shape.length === 0) return;
  const fits = wanted.shape.length === array.shape.length &&
    wanted.shape.every((length, axis) =>
      typeof length !== "number" || length < 0 || length === array.shape[axis]
    );
  if (fits) return;
  const shape = wanted.shape.map((length) => length === "" ? "?" : length).join(", ");
  throw modelError(
    `${what} has shape [${array.shape.join(", ")}]; the model takes [${shape}].`,
  );
}

function typedArray(dtype: NpyDtype, buffer: ArrayBuffer): Tensor.DataType {
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer);
    case "float64":
      return new Float64Array(buffer);
    case "float16":
    case "uint16":
      return new Uint16Array(buffer);
    case "int8":
      return new Int8Array(buffer);
    case "int16":
      return new Int16Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "int64":
      return new BigInt64Array(buffer);
    case "uint8":
    case "bool":
      return new Uint8Array(buffer);
    case "uint32":
      return new Uint32Array(buffer);
    case "uint64":
      return new BigUint64Array(buffer);
  }
}
