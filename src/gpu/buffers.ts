/** The buffers of one piece of work: made through it, and destroyed together. */
export class BufferScope {
  readonly #device: GPUDevice;
  readonly #buffers: GPUBuffer[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** A buffer that kernels read and write, and that can be copied either way. */
  storage(size_bytes: number): GPUBuffer {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    return this.#keep(this.#device.createBuffer({ size: size_bytes, usage }));
  }

  /** A uniform buffer that holds these words; copies may change them. */
  uniform(words: Iterable<number>): GPUBuffer {
    const data = Uint32Array.from(words);
    const buffer = this.#keep(this.#device.createBuffer({
      size: Math.ceil(data.byteLength / 16) * 16,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
      mappedAtCreation: true,
    }));
    new Uint32Array(buffer.getMappedRange()).set(data);
    buffer.unmap();
    return buffer;
  }

  /** A buffer that copies land in and the CPU reads. */
  readback(size_bytes: number): GPUBuffer {
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    return this.#keep(this.#device.createBuffer({ size: size_bytes, usage }));
  }

  /** Destroys all of them; the scope can be used again. */
  destroy(): void {
    for (const buffer of this.#buffers.splice(0)) buffer.destroy();
  }

  #keep(buffer: GPUBuffer): GPUBuffer {
    this.#buffers.push(buffer);
    return buffer;
  }
}

/** A copy of what a `readback` buffer holds, once the work submitted so far is done. */
export async function readBack(buffer: GPUBuffer): Promise<Uint8Array<ArrayBuffer>> {
  await buffer.mapAsync(GPUMapMode.READ);
  const bytes = new Uint8Array(buffer.getMappedRange()).slice();
  buffer.unmap();
  return bytes;
}
