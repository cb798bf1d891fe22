import type { Checkpoints } from "./checkpoints.ts";
import { type BoundBuffer, encodeReadback } from "./wgsl_buffers.ts";

/** Bytes ahead of the buffers: how many passes were done, a little-endian u32. */
const HEAD_BYTES = 4;

/**
 * The state of a shader between two of its passes: what it writes, in the order of its bindings. The
 * buffers that are kept have a copy to read.
 */
export class WgslCheckpoints {
  readonly #device: GPUDevice;
  readonly #kept: readonly BoundBuffer[];
  readonly #every: number;
  readonly #checkpoints: Checkpoints;
  #last_done = 0;

  constructor(
    device: GPUDevice,
    buffers: readonly BoundBuffer[],
    every: number,
    checkpoints: Checkpoints,
  ) {
    this.#device = device;
    this.#kept = buffers.filter(({ binding }) => binding.type === "storage");
    this.#every = every;
    this.#checkpoints = checkpoints;
  }

  /** Keeps what is there after `done` passes, if enough of them and a second have gone by. */
  async offer(done: number): Promise<void> {
    if (done - this.#last_done < this.#every || !this.#checkpoints.isDue) return;
    this.#checkpoints.take(await this.#read(done));
    this.#last_done = done;
  }

  /**
   * Puts the state of an attempt before into the buffers; gives how many of the `repeat` passes it
   * had done. Null, with nothing changed, for bytes that aren't such a state: a provider made them.
   */
  restore(bytes: Uint8Array<ArrayBuffer>, repeat: number): number | null {
    if (bytes.length !== this.#size_bytes) return null;
    const done = viewOf(bytes).getUint32(0, true);
    if (done < 1 || done >= repeat) return null;
    let at = HEAD_BYTES;
    for (const { buffer } of this.#kept) {
      this.#device.queue.writeBuffer(buffer, 0, bytes, at, buffer.size);
      at += buffer.size;
    }
    return this.#last_done = done;
  }

  get #size_bytes(): number {
    return this.#kept.reduce((sum, { buffer }) => sum + buffer.size, HEAD_BYTES);
  }

  async #read(done: number): Promise<Uint8Array<ArrayBuffer>> {
    const encoder = this.#device.createCommandEncoder();
    encodeReadback(encoder, this.#kept);
    this.#device.queue.submit([encoder.finish()]);
    await Promise.all(this.#kept.map(({ readback }) => readback?.mapAsync(GPUMapMode.READ)));
    const bytes = new Uint8Array(this.#size_bytes);
    viewOf(bytes).setUint32(0, done, true);
    let at = HEAD_BYTES;
    for (const { buffer, readback } of this.#kept) {
      if (readback === null) throw new TypeError("a buffer that is kept has a copy to read");
      bytes.set(new Uint8Array(readback.getMappedRange()), at);
      readback.unmap();
      at += buffer.size;
    }
    return bytes;
  }
}

function viewOf(bytes: Uint8Array<ArrayBuffer>): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
