import { HorizonError } from "../base/errors.ts";
import { arrayOfLists } from "../base/nested_array.ts";
import { encodeNpy, NPY_HEAD_BYTES, npyHead } from "../base/npy.ts";
import { bytesOfElement, sizeOfShape } from "../base/npy_header.ts";
import type { TensorSetting } from "../protocol/job.ts";
import { LIMITS } from "../protocol/limits.ts";
import { type FoundFile, readBounded, readHead } from "./job_paths.ts";

/**
 * A model's input as `.npy`, in which its provider gets it: null for a file that is one already,
 * checked by its head. A `.json` file holds nested lists; any other raw little-endian elements, whose
 * dtype and shape the job says. Throws `invalid_job` or `too_large`.
 */
export async function convertTensor(
  name: string,
  file: FoundFile,
  { dtype, shape }: TensorSetting = {},
): Promise<Uint8Array<ArrayBuffer> | null> {
  const what = `The input "${name}", ${file.path},`;
  if (file.path.endsWith(".npy")) {
    npyHead(await readHead(file, NPY_HEAD_BYTES), file.size_bytes, what);
    return null;
  }
  if (file.path.endsWith(".json")) {
    const bytes = await readBounded(file, LIMITS.tensor_json_bytes);
    return encodeNpy(arrayOfLists(textOf(bytes, what), what, { dtype, shape }));
  }
  if (dtype === undefined || shape === undefined) {
    throw new HorizonError("invalid_job", `${what} is neither .npy nor .json.`, {
      fix: `Say what it holds: onnx: { tensors: { ${name}: { dtype: float32, shape: [1, 4] } } }.`,
    });
  }
  const expected_bytes = sizeOfShape(shape) * bytesOfElement(dtype);
  if (file.size_bytes !== expected_bytes) {
    const array = `${dtype} of shape [${shape.join(", ")}]`;
    throw new HorizonError(
      "invalid_job",
      `${what} has ${file.size_bytes} bytes; ${array} takes ${expected_bytes}.`,
    );
  }
  return encodeNpy({ dtype, shape, data: await readBounded(file, LIMITS.blob_bytes) });
}

function textOf(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new HorizonError("invalid_job", `${what} is not UTF-8.`, { cause });
  }
}
