import jobText from "./templates/onnx_job.yaml" with { type: "text" };
import model from "./templates/onnx_model.onnx" with { type: "bytes" };
import input from "./templates/onnx_x.npy" with { type: "bytes" };
import expected from "./templates/onnx_expected.npy" with { type: "bytes" };
import { writeTemplateFolder } from "./template_folder.ts";

/** Where `job new onnx` puts what it writes. */
export const ONNX_TEMPLATE_FILES = {
  job: "job.yaml",
  model: "model.onnx",
  input: "x.npy",
  expected: "expected.npy",
} as const;

/**
 * Writes a working example of an `onnx` job into a folder: job file, a model of two layers, its input,
 * and what it must give. Makes the folder; throws `already_exists` instead of writing over a file.
 */
export async function writeOnnxTemplate(folder: string): Promise<void> {
  await writeTemplateFolder(folder, [
    [ONNX_TEMPLATE_FILES.job, new TextEncoder().encode(jobText)],
    [ONNX_TEMPLATE_FILES.model, model],
    [ONNX_TEMPLATE_FILES.input, input],
    [ONNX_TEMPLATE_FILES.expected, expected],
  ]);
}
