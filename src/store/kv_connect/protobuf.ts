/** Kinds of a field on the wire: the two that KV Connect uses, and those that a reader steps over. */
const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;
const FIXED_32 = 5;
/** A varint has ten bytes at most. */
const VARINT_BYTES = 10;

/** A field of a message as it came: a number for a varint, a view of its bytes for the rest. */
export interface WireField {
  id: number;
  number: number;
  bytes: Uint8Array<ArrayBuffer>;
}

const NO_BYTES = new Uint8Array(0);

/** Writes the fields of a Protocol Buffers message, in the order of the calls. */
export class MessageWriter {
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  /** A field of bytes, or an embedded message. */
  bytes(id: number, value: Uint8Array): this {
    this.#varint(id * 8 + BYTES);
    this.#varint(value.length);
    return this.#push(value);
  }

  /** A field of a whole number, not below 0; 0 is the default and takes no room. */
  number(id: number, value: number): this {
    if (value === 0) return this;
    this.#varint(id * 8 + VARINT);
    this.#varint(value);
    return this;
  }

  /** The message. */
  finish(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#size);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  #varint(value: number): void {
    const bytes: number[] = [];
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push(rest % 0x80 + 0x80);
    bytes.push(rest);
    this.#push(Uint8Array.from(bytes));
  }

  #push(part: Uint8Array): this {
    this.#parts.push(part);
    this.#size += part.length;
    return this;
  }
}

/** The fields of a message, in order. Throws a RangeError for bytes that are none. */
export function* readMessage(message: Uint8Array<ArrayBuffer>): Generator<WireField> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < VARINT_BYTES; i++) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError("a message ends within a number");
      value += (byte % 0x80) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    throw new RangeError("a number of a message is too long");
  };
  const take = (size: number): Uint8Array<ArrayBuffer> => {
    if (size > message.length - at) throw new RangeError("a message ends within a field");
    at += size;
    return message.subarray(at - size, at);
  };
  while (at < message.length) {
    const tag = varint();
    const id = Math.floor(tag / 8);
    const kind = tag % 8;
    if (kind === VARINT) yield { id, number: varint(), bytes: NO_BYTES };
    else if (kind === BYTES) yield { id, number: 0, bytes: take(varint()) };
    else if (kind === FIXED_64) take(8);
    else if (kind === FIXED_32) take(4);
    else throw new RangeError(`a message has a field of the unknown kind ${kind}`);
  }
}
