import { HorizonError, messageOf } from "../base/errors.ts";
import {
  type ReceivedJob,
  receiveJob,
  reportFailure,
  reportLog,
  reportProgress,
  reportStage,
  reportSuccess,
  sendCheckpoint,
  sendOutput,
} from "./channel.ts";
import { LIMITS } from "../protocol/limits.ts";
import { Checkpoints } from "./checkpoints.ts";
import { openAdapter } from "../gpu/adapter.ts";
import { requestDevice } from "./gpu_device.ts";
import { lockDown } from "./lockdown.ts";
import type { ModuleProgram, SucceededMessage } from "./messages.ts";
import { loadLibraries } from "./module/libraries.ts";
import { runModule } from "./module/run.ts";
import { loadOnnx } from "./onnx/load.ts";
import type { OnnxProgram } from "./onnx/program.ts";
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
    const run = await prepare({ adapter, device, job });
    reportStage("loaded");
    lockDown(jailed);
    reportStage("locked");
    reportSuccess(await untilLost(device, run()));
  } catch (error) {
    const code = error instanceof HorizonError ? error.code : "internal";
    reportFailure(code, messageOf(error));
  }
}

const LISTENER = {
  onStage: reportStage,
  onLog: (text: string) => reportLog(text, LIMITS.job_log_line_chars),
  onProgress: reportProgress,
  onOutput: sendOutput,
};

/** A job that came, and the GPU that it gets. */
interface Arrived {
  adapter: GPUAdapter;
  device: GPUDevice;
  job: ReceivedJob;
}

/** Runs what the renter sent; gives what the parent is told of a success. */
type RunProgram = () => Promise<SucceededMessage>;

/** Loads what the job's kind needs of files, so that what is left to run needs none. */
async function prepare(arrived: Arrived): Promise<RunProgram> {
  const { device, job } = arrived;
  const { program, limits } = job.message;
  const checkpoints = new Checkpoints(limits, sendCheckpoint);
  switch (program.kind) {
    case "wgsl":
      return async () => {
        const { inputs, message: { limits, outputs }, resumed } = job;
        const run = { payload: program.wgsl, inputs, limits, outputs, checkpoints, resumed };
        await runWgsl(device, run, LISTENER);
        return {};
      };
    case "onnx":
      return await prepareOnnx(program.onnx, arrived);
    case "module":
      return await prepareModule(program.module, arrived, checkpoints);
  }
}

async function prepareOnnx(program: OnnxProgram, { device, job }: Arrived): Promise<RunProgram> {
  const model = payloadOf(job, "model");
  const onnx = await loadOnnx(device);
  const { limits, outputs } = job.message;
  return async () => {
    capDeviceMemory(limits.vram_mb);
    const run = { model, program, inputs: job.inputs, outputs };
    return { execution: await runOnnx(onnx, run, LISTENER) };
  };
}

async function prepareModule(
  program: ModuleProgram,
  arrived: Arrived,
  checkpoints: Checkpoints,
): Promise<RunProgram> {
  const { adapter, device, job } = arrived;
  const source = payloadOf(job, "source");
  const libraries = await loadLibraries(source, adapter, device);
  const parts = { ...libraries, adapter, device, job, program, checkpoints };
  return async () => {
    await runModule(source, parts, LISTENER);
    return {};
  };
}

function payloadOf(job: ReceivedJob, name: "model" | "source"): Uint8Array<ArrayBuffer> {
  const bytes = job.payloads.get(name);
  if (bytes !== undefined) return bytes;
  throw new HorizonError("invalid_job", `The job has no ${name}.`);
}

/** Fails with `device_lost` as soon as the GPU does, instead of waiting for what won't come. */
async function untilLost<T>(device: GPUDevice, work: Promise<T>): Promise<T> {
  const lost = device.lost.then((info) => {
    throw new HorizonError("device_lost", `The GPU stopped: ${info.message || info.reason}`);
  });
  return await Promise.race([work, lost]);
}
