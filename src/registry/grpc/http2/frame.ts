import { CODE, ConnectionError, protocolError } from "./errors.ts";

/** Types of frames (RFC 9113, section 6). */
export const TYPE = {
  data: 0x0,
  headers: 0x1,
  priority: 0x2,
  rst_stream: 0x3,
  settings: 0x4,
  push_promise: 0x5,
  ping: 0x6,
  goaway: 0x7,
  window_update: 0x8,
  continuation: 0x9,
} as const;

/** Flags; `ack` and `end_stream` are one bit, of different types. */
export const FLAG = {
  ack: 0x1,
  end_stream: 0x1,
  end_headers: 0x4,
  padded: 0x8,
  priority: 0x20,
} as const;

/** What opens every connection. */
export const PREFACE = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const HEAD_BYTES = 9;
/** The largest frame that both sides take, unless a setting says more: ours never does. */
export const MAX_FRAME_BYTES = 16_384;
export const MAX_WINDOW = 2 ** 31 - 1;

export interface Frame {
  type: number;
  flags: number;
  stream_id: number;
  /** Lies in the reader's buffer: whoever keeps it copies it. */
  payload: Uint8Array;
}

/** A frame as bytes. */
export function encodeFrame(
  type: number,
  flags: number,
  stream_id: number,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const { length } = payload;
  const bytes = new Uint8Array(HEAD_BYTES + length);
  bytes[0] = length >> 16;
  bytes[1] = length >> 8;
  bytes[2] = length;
  bytes[3] = type;
  bytes[4] = flags;
  new DataView(bytes.buffer).setUint32(5, stream_id);
  bytes.set(payload, HEAD_BYTES);
  return bytes;
}

/** Four bytes of a number. */
export function uint32(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
}

/** Takes a connection's bytes as they come, and gives what is whole. */
export class FrameReader {
  #held: Uint8Array = new Uint8Array(0);
  #hasPreface = false;

  /**
   * The frames that are whole by now. Throws PROTOCOL_ERROR unless the preface comes first,
   * FRAME_SIZE_ERROR for a frame beyond the limit.
   */
  *take(chunk: Uint8Array): Generator<Frame> {
    const held = this.#held.length === 0 ? chunk : concat([this.#held, chunk]);
    let at = 0;
    if (!this.#hasPreface) {
      const given = Math.min(held.length, PREFACE.length);
      for (let i = 0; i < given; i++) {
        if (held[i] !== PREFACE[i]) throw protocolError("this is no HTTP/2");
      }
      if (held.length < PREFACE.length) {
        this.#held = held.slice();
        return;
      }
      this.#hasPreface = true;
      at = PREFACE.length;
    }
    while (held.length - at >= HEAD_BYTES) {
      const length = readUint32(held, at) >>> 8;
      if (length > MAX_FRAME_BYTES) {
        throw new ConnectionError(CODE.frame_size, `a frame of ${length} bytes`);
      }
      const end = at + HEAD_BYTES + length;
      if (end > held.length) break;
      const frame: Frame = {
        type: held[at + 3] ?? 0,
        flags: held[at + 4] ?? 0,
        stream_id: readUint32(held, at + 5) & 0x7fff_ffff,
        payload: held.subarray(at + HEAD_BYTES, end),
      };
      at = end;
      yield frame;
    }
    // The chunk's buffer is used again.
    this.#held = held.slice(at);
  }
}

/** What of a frame's payload is content: without its padding. Throws PROTOCOL_ERROR. */
export function withoutPadding({ flags, payload }: Frame): Uint8Array {
  if ((flags & FLAG.padded) === 0) return payload;
  const padding = payload[0];
  if (padding === undefined || padding >= payload.length) throw protocolError("bad padding");
  return payload.subarray(1, payload.length - padding);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
