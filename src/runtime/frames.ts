import { HorizonError } from "../base/errors.ts";

/**
 * The stream between a provider and its jailed child, both ways:
 *
 *   type u8 │ header length u32 LE │ body length u32 LE │ header (JSON, UTF-8) │ body (bytes)
 *
 * What the types mean, `messages.ts` says. Each reader names its own bounds.
 */
export interface Frame {
  type: number;
  /** JSON text, not yet parsed. */
  header: string;
  body: Uint8Array<ArrayBuffer>;
}

/** The largest header and body that a reader takes, in bytes. */
export interface FrameLimits {
  header_bytes: number;
  body_bytes: number;
}

const PREFIX_BYTES = 9;
const utf8 = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();
const EMPTY = new Uint8Array(0);

/** The bytes of a frame. */
export function encodeFrame(
  type: number,
  header: unknown,
  body: Uint8Array = EMPTY,
): Uint8Array<ArrayBuffer> {
  const head = encoder.encode(JSON.stringify(header));
  const bytes = new Uint8Array(PREFIX_BYTES + head.length + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, type);
  view.setUint32(1, head.length, true);
  view.setUint32(5, body.length, true);
  bytes.set(head, PREFIX_BYTES);
  bytes.set(body, PREFIX_BYTES + head.length);
  return bytes;
}

/** Cuts a stream of bytes, in whatever pieces they come, into frames. */
export class FrameDecoder {
  readonly #limits: FrameLimits;
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  #held_bytes = 0;

  constructor(limits: FrameLimits) {
    this.#limits = limits;
  }

  /**
   * The frames that these bytes complete, in order. Throws `invalid_input` for a frame over the
   * limits, before its bytes are awaited, and for a header that is not UTF-8.
   */
  *push(bytes: Uint8Array<ArrayBuffer>): Generator<Frame> {
    if (bytes.length > 0) this.#pieces.push(bytes);
    this.#held_bytes += bytes.length;
    while (this.#held_bytes >= PREFIX_BYTES) {
      const { type, header_bytes, body_bytes } = this.#prefix();
      const size_bytes = PREFIX_BYTES + header_bytes + body_bytes;
      if (this.#held_bytes < size_bytes) return;
      const whole = this.#take(size_bytes);
      const header = decodeHeader(whole.subarray(PREFIX_BYTES, PREFIX_BYTES + header_bytes));
      yield { type, header, body: whole.subarray(PREFIX_BYTES + header_bytes) };
    }
  }

  /** Call at the end of the stream. Throws `invalid_input` if it ends inside a frame. */
  end(): void {
    if (this.#held_bytes > 0) throw invalid(`the stream ends inside a frame`);
  }

  #prefix() {
    const prefix = this.#take(PREFIX_BYTES);
    this.#pieces.unshift(prefix);
    this.#held_bytes += prefix.length;
    const view = new DataView(prefix.buffer, prefix.byteOffset);
    const header_bytes = view.getUint32(1, true);
    const body_bytes = view.getUint32(5, true);
    if (header_bytes > this.#limits.header_bytes) {
      throw invalid(`a header of ${header_bytes} bytes`);
    }
    if (body_bytes > this.#limits.body_bytes) throw invalid(`a body of ${body_bytes} bytes`);
    return { type: view.getUint8(0), header_bytes, body_bytes };
  }

  /** The first bytes held, in one piece: copied only where they lie across pieces. */
  #take(size_bytes: number): Uint8Array<ArrayBuffer> {
    this.#held_bytes -= size_bytes;
    const first = this.#pieces[0] ?? EMPTY;
    if (first.length > size_bytes) {
      this.#pieces[0] = first.subarray(size_bytes);
      return first.subarray(0, size_bytes);
    }
    if (first.length === size_bytes) {
      this.#pieces.shift();
      return first;
    }
    return this.#gather(size_bytes);
  }

  #gather(size_bytes: number): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(size_bytes);
    let filled = 0;
    let used = 0;
    while (filled < size_bytes) {
      const piece = this.#pieces[used] ?? EMPTY;
      const part = piece.subarray(0, size_bytes - filled);
      whole.set(part, filled);
      filled += part.length;
      if (part.length === piece.length) used++;
      else this.#pieces[used] = piece.subarray(part.length);
    }
    this.#pieces.splice(0, used);
    return whole;
  }
}

function decodeHeader(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw invalid("a header that is not UTF-8", cause);
  }
}

function invalid(what: string, cause?: unknown): HorizonError {
  return new HorizonError("invalid_input", `The stream of the job is broken: ${what}.`, { cause });
}
