import { HorizonError, messageOf } from "../base/errors.ts";
import { type AdapterDescription, describeAdapter } from "./adapter.ts";

/** An open device, with what its kernels are chosen by. Destroy it when done. */
export interface Gpu {
  readonly device: GPUDevice;
  readonly adapter: AdapterDescription;
  readonly has_f16: boolean;
  destroy(): void;
}

/** The largest buffer that a kernel here binds: beyond it an adapter's word is not relied on. */
const MAX_BINDING_BYTES = 2 ** 30;

/**
 * A device with half precision where there is some, and with buffers as large as the adapter binds, up
 * to 1 GiB; its other limits are WebGPU's defaults, which every adapter has. Throws `gpu_failed` if the
 * adapter gives none.
 */
export async function openDevice(adapter: GPUAdapter): Promise<Gpu> {
  const has_f16 = adapter.features.has("shader-f16");
  let device: GPUDevice;
  try {
    const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
    device = await adapter.requestDevice({
      requiredFeatures: has_f16 ? ["shader-f16"] : [],
      requiredLimits: {
        maxBufferSize: Math.min(MAX_BINDING_BYTES, maxBufferSize),
        maxStorageBufferBindingSize: Math.min(MAX_BINDING_BYTES, maxStorageBufferBindingSize),
      },
    });
  } catch (cause) {
    throw new HorizonError("gpu_failed", `The GPU gives no device: ${messageOf(cause)}`, { cause });
  }
  return {
    device,
    adapter: describeAdapter(adapter),
    has_f16,
    destroy: () => device.destroy(),
  };
}

/**
 * Runs GPU work so that whatever goes wrong comes out as one error: `gpu_out_of_memory`,
 * `gpu_failed` with the driver's message, or `device_lost` when the device is gone. Error scopes nest, so
 * one piece of guarded work runs on a device at a time.
 */
export async function guarded<T>(gpu: Gpu, work: () => Promise<T>): Promise<T> {
  const { device } = gpu;
  const lost = device.lost.then((info): never => {
    throw new HorizonError(
      "device_lost",
      `The GPU device was lost: ${info.message || info.reason}`,
    );
  });
  device.pushErrorScope("out-of-memory");
  device.pushErrorScope("validation");
  const settled = work().then(
    (value) => ({ value }),
    (thrown: unknown) => ({ thrown }),
  );
  const run = async () => {
    const result = await settled;
    const invalid = await device.popErrorScope();
    const memory = await device.popErrorScope();
    if (memory) {
      throw new HorizonError("gpu_out_of_memory", `GPU memory ran out: ${memory.message}`);
    }
    if (invalid) throw new HorizonError("gpu_failed", `The GPU refused: ${invalid.message}`);
    if ("thrown" in result) throw named(result.thrown);
    return result.value;
  };
  return await Promise.race([run(), lost]);
}

/**
 * A pipeline that the driver refuses comes as an exception of its own, in no error scope. It is known
 * by its name, since older versions of Deno have no such class.
 */
function named(thrown: unknown): unknown {
  return thrown instanceof Error && thrown.name === "GPUPipelineError"
    ? new HorizonError("gpu_failed", `The GPU refused: ${thrown.message}`, { cause: thrown })
    : thrown;
}
