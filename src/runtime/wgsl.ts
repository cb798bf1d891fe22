import { HorizonError } from "../base/errors.ts";
import type { WgslBinding, WgslPayload } from "../protocol/job.ts";
import type { JobMessage, ProgressMessage, Stage } from "./messages.ts";
import { type BoundBuffer, createBuffers, type Inputs } from "./wgsl_buffers.ts";
import { compile } from "./wgsl_shader.ts";

/** Who is told what a shader comes to. */
export interface WgslListener {
  onStage(stage: Stage): void;
  onProgress(progress: ProgressMessage): void;
  onOutput(name: string, bytes: Uint8Array<ArrayBuffer>): void;
}

/** Longest time between two looks at the GPU while passes repeat, in milliseconds. */
const BATCH_MS = 500;

/**
 * Runs a shader (DESIGN §6): buffers filled, `repeat` dispatches one after the other, outputs read
 * back and sent. Throws `shader_error`, `out_of_gpu_memory`, `invalid_job`.
 */
export async function runWgsl(
  device: GPUDevice,
  payload: WgslPayload,
  inputs: Inputs,
  { limits, outputs }: Pick<JobMessage, "limits" | "outputs">,
  listener: WgslListener,
): Promise<void> {
  const pipeline = await compile(device, payload);
  listener.onStage("compiled");
  const bindings = payload.bindings.map((binding) => wanting(binding, outputs));
  const buffers = await createBuffers(device, bindings, inputs, limits.vram_mb);
  await checked(
    device,
    "the dispatch",
    () => dispatchAll(device, pipeline, payload, buffers, listener),
  );
  listener.onStage("dispatched");
  await Promise.all(buffers.map(({ readback }) => readback?.mapAsync(GPUMapMode.READ)));
  // Without an output nothing has waited for the last batch, and a job must not end before its work.
  if (buffers.every(({ readback }) => readback === null)) await device.queue.onSubmittedWorkDone();
  listener.onStage("read_back");
  for (const { binding, readback } of buffers) {
    if (binding.output === undefined || readback === null) continue;
    listener.onOutput(binding.output, new Uint8Array(readback.getMappedRange()));
  }
}

/** The binding without its output where the renter doesn't want it: it need not be read back. */
function wanting(binding: WgslBinding, outputs: readonly string[]): WgslBinding {
  const { output, ...rest } = binding;
  return output !== undefined && outputs.includes(output) ? binding : rest;
}

/** Encodes the passes in batches that grow while they are quick, so that progress stays live. */
async function dispatchAll(
  device: GPUDevice,
  pipeline: GPUComputePipeline,
  payload: WgslPayload,
  buffers: readonly BoundBuffer[],
  listener: WgslListener,
): Promise<void> {
  const groups = bindGroups(device, pipeline, buffers);
  let batch = 1;
  for (let done = 0; done < payload.repeat;) {
    const passes = Math.min(batch, payload.repeat - done);
    const encoder = device.createCommandEncoder();
    encodePasses(encoder, pipeline, groups, payload.dispatch, passes);
    done += passes;
    const isLast = done === payload.repeat;
    if (isLast) encodeReadback(encoder, buffers);
    device.queue.submit([encoder.finish()]);
    if (isLast) return; // Mapping the outputs waits for it: another wait would cost 11 ms.
    const started_ms = performance.now();
    await device.queue.onSubmittedWorkDone();
    if (performance.now() - started_ms < BATCH_MS / 2) batch *= 2;
    listener.onProgress({ done, total: payload.repeat });
  }
}

function encodePasses(
  encoder: GPUCommandEncoder,
  pipeline: GPUComputePipeline,
  groups: ReadonlyMap<number, GPUBindGroup>,
  [x, y, z]: WgslPayload["dispatch"],
  count: number,
): void {
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  for (const [index, group] of groups) pass.setBindGroup(index, group);
  for (let i = 0; i < count; i++) pass.dispatchWorkgroups(x, y, z);
  pass.end();
}

function encodeReadback(encoder: GPUCommandEncoder, buffers: readonly BoundBuffer[]): void {
  for (const { buffer, readback } of buffers) {
    if (readback !== null) encoder.copyBufferToBuffer(buffer, 0, readback, 0, buffer.size);
  }
}

function bindGroups(
  device: GPUDevice,
  pipeline: GPUComputePipeline,
  buffers: readonly BoundBuffer[],
): Map<number, GPUBindGroup> {
  const byGroup = Map.groupBy(buffers, ({ binding }) => binding.group);
  return new Map([...byGroup].map(([index, members]) => [
    index,
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(index),
      entries: members.map(({ binding, buffer }) => ({
        binding: binding.binding,
        resource: { buffer },
      })),
    }),
  ]));
}

/** Runs GPU calls and throws `invalid_job` for what their validation refused. */
async function checked(device: GPUDevice, what: string, work: () => Promise<void>): Promise<void> {
  device.pushErrorScope("validation");
  await work();
  const error = await device.popErrorScope();
  if (error === null) return;
  throw new HorizonError("invalid_job", `The GPU refuses ${what}: ${error.message}`);
}
