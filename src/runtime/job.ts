import { HorizonError, messageOf } from "../base/errors.ts";
import {
  type ReceivedJob,
  receiveJob,
  reportFailure,
  reportProgress,
  reportStage,
  reportSuccess,
  sendOutput,
} from "./channel.ts";
import { openAdapter } from "../gpu/adapter.ts";
import { requestDevice } from "./gpu_device.ts";
import { lockDown } from "./lockdown.ts";
import type { SucceededMessage } from "./messages.ts";
import { runModule } from "./module.ts";
import { type LoadedOnnx, loadOnnx } from "./onnx/load.ts";
import { runOnnx } from "./onnx/run.ts";
import { capDeviceMemory } from "./vram_cap.ts";
import { runWgsl } from "./wgsl.ts";

/**
 * One job, from stdin to stdout: takes the GPU, which needs files, then gives up every right, then
 * runs. Whatever fails is said in a `failed` frame.
 */
export async function runReceivedJob(jailed: boolean): Promise<void> {
  try {
    const adapter = await openAdapter();
    reportStage("adapter");
    const device = await requestDevice(adapter);
    reportStage("device");
    const job = receiveJob();
    reportStage("received");
    const onnx = job.message.program.kind === "onnx" ? await loadOnnx(device) : null;
    reportStage("loaded");
    lockDown(jailed);
    reportStage("locked");
    reportSuccess(await untilLost(device, runProgram(device, job, onnx)));
  } catch (error) {
    const code = error instanceof HorizonError ? error.code : "internal";
    reportFailure(code, messageOf(error));
  }
}

const LISTENER = { onStage: reportStage, onProgress: reportProgress, onOutput: sendOutput };

async function runProgram(
  device: GPUDevice,
  job: ReceivedJob,
  onnx: LoadedOnnx | null,
): Promise<SucceededMessage> {
  const { program, limits, outputs } = job.message;
  if (program.kind === "wgsl") {
    await runWgsl(device, program.wgsl, job.inputs, job.message, LISTENER);
    return {};
  }
  if (program.kind === "module") {
    await runModule(device, program.module, job.inputs, limits);
    return {};
  }
  const model = job.payloads.get("model");
  if (onnx === null || model === undefined) {
    throw new HorizonError("invalid_job", "The job has no model.");
  }
  capDeviceMemory(limits.vram_mb);
  const run = { model, program: program.onnx, inputs: job.inputs, outputs };
  return { execution: await runOnnx(onnx, run, LISTENER) };
}

/** Fails with `device_lost` as soon as the GPU does, instead of waiting for what won't come. */
async function untilLost<T>(device: GPUDevice, work: Promise<T>): Promise<T> {
  const lost = device.lost.then((info) => {
    throw new HorizonError("device_lost", `The GPU stopped: ${info.message || info.reason}`);
  });
  return await Promise.race([work, lost]);
}
