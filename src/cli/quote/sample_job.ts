import type { WgslBinding, WgslJobFile } from "../../protocol/job.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { SubmittedJob } from "../../client/submit_job.ts";

/** The output of a sample: there only so that the GPU's last dispatch is waited for. */
const SAMPLE_OUTPUT = "sample";
const MIB = 1024 * 1024;

/**
 * A sample of a job: the same shader over the same inputs, dispatched `repeat` times, for `sample_s`
 * seconds at most. Of what the job puts out only its smallest binding is read back, or, where it puts
 * nothing out, the smallest that could be: fetching and storing outputs is no part of the work.
 * `input_bytes` holds the sizes of the inputs by name.
 */
export function sampleOf(
  job: WgslJobFile,
  input_bytes: ReadonlyMap<string, number>,
  repeat: number,
  sample_s: number,
): Extract<SubmittedJob, { kind: "wgsl" }> {
  const { name, kind, wgsl, limits } = job;
  const sizeOf = ({ size_bytes, input }: WgslBinding) =>
    size_bytes ?? input_bytes.get(input ?? "") ?? 0;
  const read = bindingToRead(wgsl.bindings, sizeOf);
  const bindings = wgsl.bindings.map((binding) => {
    const { output: _, ...rest } = binding;
    return binding === read ? { ...rest, output: SAMPLE_OUTPUT } : rest;
  });
  const read_mb = read === null ? 0 : Math.ceil(sizeOf(read) / MIB);
  // A job without outputs may have limits that leave no room for this one.
  const extra_mb = job.outputs.length > 0 ? 0 : read_mb;
  return {
    name,
    kind,
    wgsl: { ...wgsl, bindings, repeat },
    outputs: read === null ? [] : [SAMPLE_OUTPUT],
    metrics: [],
    limits: {
      ...limits,
      time_s: Math.min(limits.time_s, sample_s),
      vram_mb: Math.min(limits.vram_mb + extra_mb, LIMITS.job_vram_max_mb),
      output_mb: Math.max(limits.output_mb, read_mb),
    },
    retry: { attempts: 0, on: [] },
  };
}

function bindingToRead(
  bindings: readonly WgslBinding[],
  sizeOf: (binding: WgslBinding) => number,
): WgslBinding | null {
  const outputs = bindings.filter(({ output }) => output !== undefined);
  const readable = bindings.filter(({ type }) => type === "storage")
    .filter((binding) => sizeOf(binding) <= LIMITS.job_output_max_mb * MIB);
  const among = outputs.length > 0 ? outputs : readable;
  return among.toSorted((a, b) => sizeOf(a) - sizeOf(b))[0] ?? null;
}
