/** How much of the end of stderr is kept. */
const TAIL_BYTES = 8 * 1024;
/** A child that writes more than this to stderr is ended. */
const MAX_BYTES = 16 * 1024 * 1024;

/** The end of what a child writes to stderr. */
export class StderrTail {
  #tail = new Uint8Array(0);
  #total_bytes = 0;

  /** Reads to the end, or until the child has written too much: then false. */
  async drain(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<boolean> {
    for await (const bytes of stream) {
      this.#total_bytes += bytes.length;
      const both = new Uint8Array(this.#tail.length + bytes.length);
      both.set(this.#tail);
      both.set(bytes, this.#tail.length);
      this.#tail = both.slice(-TAIL_BYTES);
      if (this.#total_bytes > MAX_BYTES) return false;
    }
    return true;
  }

  /** What is kept, as text. */
  toString(): string {
    return new TextDecoder().decode(this.#tail);
  }
}
