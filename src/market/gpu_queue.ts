import { Heap } from "./heap.ts";

/** Ids of GPUs that are to be looked at, the least first, each once. */
export class GpuQueue {
  readonly #heap = new Heap<string>((a, b) => a < b);
  readonly #ids = new Set<string>();

  add(gpu_id: string): void {
    if (this.#ids.has(gpu_id)) return;
    this.#ids.add(gpu_id);
    this.#heap.push(gpu_id);
  }

  /** The first one, which stays. */
  peek(): string | undefined {
    return this.#heap.peek();
  }

  /** Drops the first one. */
  drop(): void {
    const gpu_id = this.#heap.pop();
    if (gpu_id !== undefined) this.#ids.delete(gpu_id);
  }
}
