import { HorizonError } from "../base/errors.ts";

const BYTES_PER_MB = 1024 * 1024;

/**
 * Caps the buffers that this process's devices hold together: `createBuffer` beyond it throws
 * `out_of_gpu_memory`, `destroy` gives back, textures are refused (a compute job has no need of
 * them). A courtesy to the renter and a brake, no wall: a worker has its own `navigator.gpu`. The
 * wall is that the GPU is leased whole, and that a software adapter's memory is the process's own.
 */
export function capDeviceMemory(vram_mb: number): void {
  let free_bytes = vram_mb * BYTES_PER_MB;
  const held = new WeakSet<GPUBuffer>();
  const { createBuffer } = GPUDevice.prototype;
  const { destroy } = GPUBuffer.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    if (descriptor.size > free_bytes) {
      throw new HorizonError(
        "out_of_gpu_memory",
        `A buffer of ${descriptor.size} bytes is over the ${vram_mb} MB of the job.`,
      );
    }
    const buffer = createBuffer.call(this, descriptor);
    free_bytes -= buffer.size;
    held.add(buffer);
    return buffer;
  };
  GPUBuffer.prototype.destroy = function () {
    if (held.delete(this)) free_bytes += this.size;
    return destroy.call(this);
  };
  GPUDevice.prototype.createTexture = () => {
    throw new HorizonError("out_of_gpu_memory", "A job's device has no textures.");
  };
}
