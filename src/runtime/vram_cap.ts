import { HorizonError } from "../base/errors.ts";

const BYTES_PER_MB = 1024 * 1024;
/** What one entry of a query set takes. */
const QUERY_BYTES = 8;

/**
 * Caps what this process's devices hold together: `createBuffer` and `createQuerySet` beyond it
 * throw `out_of_gpu_memory`, `destroy` gives back, textures are refused (a compute job has no need
 * of them). The module that runs after it is hostile, so nothing is read twice from what it hands
 * over, and nothing is called that it could have replaced: the originals are in here alone. There is
 * no second realm that has them (see `doors.ts`).
 */
export function capDeviceMemory(vram_mb: number): void {
  const budget = new Budget(vram_mb);
  const { createBuffer, createQuerySet } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const { label = "", size, usage, mappedAtCreation = false } = descriptor;
    const size_bytes = +size;
    budget.check(size_bytes);
    const copy = { label, size: size_bytes, usage, mappedAtCreation };
    return budget.hold(apply(createBuffer, this, [copy]), size_bytes);
  };
  GPUDevice.prototype.createQuerySet = function (descriptor) {
    const { label = "", type, count } = descriptor;
    const entries = +count;
    budget.check(entries * QUERY_BYTES);
    const copy = { label, type, count: entries };
    return budget.hold(apply(createQuerySet, this, [copy]), entries * QUERY_BYTES);
  };
  returning(GPUBuffer.prototype, budget);
  returning(GPUQuerySet.prototype, budget);
  GPUDevice.prototype.createTexture = () => {
    throw new HorizonError("out_of_gpu_memory", "A job's device has no textures.");
  };
}

const apply = Reflect.apply;

/** Has `destroy` give back what its object held. */
function returning(prototype: { destroy(): undefined }, budget: Budget): void {
  const { destroy } = prototype;
  prototype.destroy = function () {
    budget.release(this);
    return apply(destroy, this, []);
  };
}

/** Bytes that are free, and what each living object took. */
class Budget {
  readonly #vram_mb: number;
  #free_bytes: number;
  readonly #held = new WeakMap<object, number>();
  readonly #get = this.#held.get;
  readonly #set = this.#held.set;
  readonly #delete = this.#held.delete;

  constructor(vram_mb: number) {
    this.#vram_mb = vram_mb;
    this.#free_bytes = vram_mb * BYTES_PER_MB;
  }

  /** Throws `out_of_gpu_memory` unless so many bytes are free; no number is never free. */
  check(size_bytes: number): void {
    if (size_bytes >= 0 && size_bytes <= this.#free_bytes) return;
    throw new HorizonError(
      "out_of_gpu_memory",
      `A buffer of ${size_bytes} bytes is over the ${this.#vram_mb} MB of the job.`,
    );
  }

  hold<T extends object>(resource: T, size_bytes: number): T {
    this.#free_bytes -= size_bytes;
    apply(this.#set, this.#held, [resource, size_bytes]);
    return resource;
  }

  release(resource: object): void {
    const size_bytes = apply(this.#get, this.#held, [resource]) ?? 0;
    if (apply(this.#delete, this.#held, [resource])) this.#free_bytes += size_bytes;
  }
}
