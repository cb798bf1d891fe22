import { HorizonError } from "../base/errors.ts";
import type { WgslBinding, WgslPayload } from "../protocol/job.ts";
import type { JobMessage, ProgressMessage, Stage } from "./messages.ts";
import type { Checkpoints } from "./checkpoints.ts";
import { type BoundBuffer, createBuffers, encodeReadback, type Inputs } from "./wgsl_buffers.ts";
import { WgslCheckpoints } from "./wgsl_checkpoint.ts";
import { compile } from "./wgsl_shader.ts";

/** Who is told what a shader comes to. */
export interface WgslListener {
  onLog(text: string): void;
  onStage(stage: Stage): void;
  onProgress(progress: ProgressMessage): void;
  onOutput(name: string, bytes: Uint8Array<ArrayBuffer>): void;
}

/** Longest time between two looks at the GPU while passes repeat, in milliseconds. */
const BATCH_MS = 500;

/** A shader to run, and with what. */
export interface WgslRun extends Pick<JobMessage, "limits" | "outputs"> {
  payload: WgslPayload;
  inputs: Inputs;
  checkpoints: Checkpoints;
  /** The last checkpoint of an attempt before; null if the job starts anew. */
  resumed: Uint8Array<ArrayBuffer> | null;
}

/**
 * Runs a shader (DESIGN §6): buffers filled, `repeat` dispatches one after the other, outputs read
 * back and sent; its state is kept on the way where it asks for that. Throws `shader_error`,
 * `out_of_gpu_memory`, `invalid_job`.
 */
export async function runWgsl(
  device: GPUDevice,
  run: WgslRun,
  listener: WgslListener,
): Promise<void> {
  const { payload, inputs, limits, outputs } = run;
  const pipeline = await compile(device, payload);
  listener.onStage("compiled");
  const keeps = payload.checkpoint_every !== undefined;
  const buffers = await createBuffers(
    device,
    payload.bindings.map((binding) => wanting(binding, outputs)),
    inputs,
    limits.vram_mb,
    ({ output, type }) => output !== undefined || (keeps && type === "storage"),
  );
  const work = { device, pipeline, payload, buffers, listener };
  await checked(device, "the dispatch", () => dispatchAll(work, run));
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

interface Work {
  device: GPUDevice;
  pipeline: GPUComputePipeline;
  payload: WgslPayload;
  buffers: readonly BoundBuffer[];
  listener: WgslListener;
}

/** Encodes the passes in batches that grow while they are quick, so that progress stays live. */
async function dispatchAll(work: Work, run: WgslRun): Promise<void> {
  const { device, pipeline, payload, buffers, listener } = work;
  const groups = bindGroups(device, pipeline, buffers);
  const kept = keptBy(work, run);
  let batch = 1;
  for (let done = resume(kept, work, run); done < payload.repeat;) {
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
    await kept?.offer(done);
  }
}

/** What keeps the shader's state; null where it doesn't ask for that. */
function keptBy({ device, payload, buffers }: Work, { checkpoints }: WgslRun) {
  const { checkpoint_every } = payload;
  if (checkpoint_every === undefined) return null;
  return new WgslCheckpoints(device, buffers, checkpoint_every, checkpoints);
}

/** How many passes an attempt before had done, whose state is then in the buffers. */
function resume(
  kept: WgslCheckpoints | null,
  { payload, listener }: Work,
  { resumed }: WgslRun,
): number {
  if (resumed === null) return 0;
  const done = kept?.restore(resumed, payload.repeat) ?? null;
  listener.onLog(
    done === null
      ? "the checkpoint doesn't fit this shader: starting anew"
      : `going on after pass ${done} of ${payload.repeat}`,
  );
  return done ?? 0;
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
