import type { JobBundle } from "../protocol/job.ts";
import type { JobProgram } from "../runtime/messages.ts";

/** What of a bundle the jailed child is told to run; a model and a source travel beside it. */
export function programOf(bundle: JobBundle): JobProgram {
  if (bundle.kind === "wgsl") return { kind: bundle.kind, wgsl: bundle.wgsl };
  if (bundle.kind === "module") {
    return { kind: bundle.kind, module: { args: bundle.args ?? null, env: bundle.env ?? {} } };
  }
  const { execution, batch, tensors } = bundle.onnx;
  return { kind: bundle.kind, onnx: { execution, batch, tensors } };
}
