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
import { runModule } from "./module.ts";
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
    lockDown(jailed);
    reportStage("locked");
    await untilLost(device, runProgram(device, job));
    reportSuccess();
  } catch (error) {
    const code = error instanceof HorizonError ? error.code : "internal";
    reportFailure(code, messageOf(error));
  }
}

async function runProgram(device: GPUDevice, job: ReceivedJob): Promise<void> {
  const { program, limits } = job.message;
  if (program.kind === "wgsl") {
    await runWgsl(device, program.wgsl, job.inputs, job.message, {
      onStage: reportStage,
      onProgress: reportProgress,
      onOutput: sendOutput,
    });
  } else await runModule(device, program.module, job.inputs, limits);
}

/** Fails with `device_lost` as soon as the GPU does, instead of waiting for what won't come. */
async function untilLost(device: GPUDevice, work: Promise<void>): Promise<void> {
  const lost = device.lost.then((info) => {
    throw new HorizonError("device_lost", `The GPU stopped: ${info.message || info.reason}`);
  });
  await Promise.race([work, lost]);
}
