import type { Clock } from "../base/clock.ts";
import type { Chunk } from "../runtime/messages.ts";

const BYTES_PER_MB = 1024 * 1024;
/** Checkpoints that a job may send at once; one more each second. */
const BURST = 2;

/** What a piece of a checkpoint came to; null where there is more to come. */
export type Taken =
  | { whole: Uint8Array<ArrayBuffer> }
  | { over: string }
  | { broken: string }
  | null;

interface Arriving {
  bytes: Uint8Array<ArrayBuffer>;
  filled_bytes: number;
}

/** Puts a job's checkpoints together, bounded one by one and all in all. One arrives at a time. */
export class CheckpointIntake {
  readonly #max_mb: number;
  readonly #clock: Clock;
  readonly #started_ms: number;
  #taken_bytes = 0;
  #arriving: Arriving | null = null;

  constructor(max_mb: number, clock: Clock) {
    this.#max_mb = max_mb;
    this.#clock = clock;
    this.#started_ms = clock.monotonic();
  }

  /** Takes the next piece. A claimed size over the limit is refused before it is allocated. */
  take({ size_bytes, offset_bytes }: Chunk, body: Uint8Array<ArrayBuffer>): Taken {
    if (size_bytes > this.#max_mb * BYTES_PER_MB) {
      return { over: `A checkpoint has ${size_bytes} bytes, over its ${this.#max_mb} MB.` };
    }
    const arriving = offset_bytes === 0 ? this.#begin(size_bytes) : this.#arriving;
    if (this.#taken_bytes > this.#allowed_bytes()) {
      return { over: "The job sends checkpoints without end." };
    }
    const end_bytes = offset_bytes + body.length;
    if (
      arriving === null || arriving.filled_bytes !== offset_bytes ||
      arriving.bytes.length !== size_bytes || end_bytes > size_bytes
    ) {
      return { broken: "The pieces of a checkpoint do not fit together." };
    }
    arriving.bytes.set(body, offset_bytes);
    arriving.filled_bytes = end_bytes;
    if (end_bytes < size_bytes) return null;
    this.#arriving = null;
    return { whole: arriving.bytes };
  }

  /** A checkpoint counts whole from its first piece on: an empty one as a byte. */
  #begin(size_bytes: number): Arriving {
    this.#taken_bytes += Math.max(1, size_bytes);
    return this.#arriving = { bytes: new Uint8Array(size_bytes), filled_bytes: 0 };
  }

  #allowed_bytes(): number {
    const elapsed_s = (this.#clock.monotonic() - this.#started_ms) / 1000;
    return this.#max_mb * BYTES_PER_MB * (BURST + elapsed_s);
  }
}
