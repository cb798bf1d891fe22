import { HorizonError } from "../../base/errors.ts";
import { tooLarge } from "./status.ts";

/** A frame's head: whether it is compressed, and its length in four bytes. */
const HEAD_BYTES = 5;

/** A message as gRPC sends it. */
export function frameOf(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(HEAD_BYTES + message.length);
  new DataView(frame.buffer).setUint32(1, message.length);
  frame.set(message, HEAD_BYTES);
  return frame;
}

/**
 * The messages in a stream of bytes, which holds no more than one at a time. Throws `too_large` for a
 * message beyond `max_bytes` before its bytes are kept, `invalid_input` for a compressed one or one that
 * breaks off.
 */
export async function* messagesIn(
  chunks: AsyncIterable<Uint8Array>,
  max_bytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let held = new Uint8Array(0);
  for await (const chunk of chunks) {
    held = joined(held, chunk);
    for (;;) {
      const length = checkHead(held, max_bytes);
      if (length === null || held.length < HEAD_BYTES + length) break;
      yield held.slice(HEAD_BYTES, HEAD_BYTES + length);
      held = held.subarray(HEAD_BYTES + length);
    }
  }
  if (held.length > 0) throw brokenOff();
}

/** The message of a call that takes one, from its chunks; most come in a single one. */
export class OnlyMessage {
  readonly #max_bytes: number;
  #held: Uint8Array | null = null;

  constructor(max_bytes: number) {
    this.#max_bytes = max_bytes;
  }

  /** Throws `too_large` once more has come than a message may have. */
  take(chunk: Uint8Array): void {
    this.#held = this.#held === null ? chunk : joined(this.#held, chunk);
    checkHead(this.#held, this.#max_bytes);
    if (this.#held.length > HEAD_BYTES + this.#max_bytes) {
      throw tooLarge(this.#held.length, this.#max_bytes);
    }
  }

  /** The message, after the last chunk. Throws `invalid_input` unless it is whole and the only one. */
  message(): Uint8Array {
    const held = this.#held;
    if (held === null) throw new HorizonError("invalid_input", "The message is missing.");
    const length = checkHead(held, this.#max_bytes);
    if (length === null || held.length < HEAD_BYTES + length) throw brokenOff();
    if (held.length === HEAD_BYTES + length) return held.subarray(HEAD_BYTES);
    throw new HorizonError("invalid_input", "This method takes one message.");
  }
}

/** The length that a frame's head says, once it is there. Throws as `messagesIn`. */
function checkHead(held: Uint8Array, max_bytes: number): number | null {
  if (held.length < HEAD_BYTES) return null;
  const length = new DataView(held.buffer, held.byteOffset).getUint32(1);
  if (length > max_bytes) throw tooLarge(length, max_bytes);
  if (held[0] !== 0) throw new HorizonError("invalid_input", "The message is compressed.");
  return length;
}

function brokenOff(): HorizonError {
  return new HorizonError("invalid_input", "The message breaks off.");
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
