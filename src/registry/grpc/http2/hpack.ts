import { compressionError } from "./errors.ts";
import { huffmanDecode } from "./huffman.ts";

/** A header's name, in lower case, and its value. */
export type Header = readonly [name: string, value: string];

/** The first entries of every table (RFC 7541, appendix A), from 1 on. */
const STATIC: readonly Header[] =
  (":authority|:method=GET|:method=POST|:path=/|:path=/index.html|" +
    ":scheme=http|:scheme=https|:status=200|:status=204|:status=206|:status=304|:status=400|" +
    ":status=404|:status=500|accept-charset|accept-encoding=gzip, deflate|accept-language|" +
    "accept-ranges|accept|access-control-allow-origin|age|allow|authorization|cache-control|" +
    "content-disposition|content-encoding|content-language|content-length|content-location|" +
    "content-range|content-type|cookie|date|etag|expect|expires|from|host|if-match|" +
    "if-modified-since|if-none-match|if-range|if-unmodified-since|last-modified|link|location|" +
    "max-forwards|proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after|server|" +
    "set-cookie|strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate")
    .split("|").map((entry) => {
      const at = entry.indexOf("=");
      return at < 0 ? [entry, ""] : [entry.slice(0, at), entry.slice(at + 1)];
    });

/** What a table may hold unless a setting says otherwise, and what each entry counts beside its texts. */
const TABLE_BYTES = 4096;
const ENTRY_BYTES = 32;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Reads header blocks (RFC 7541) with the table that they share, in the order in which they come. */
export class HeaderDecoder {
  /** The newest first. */
  readonly #table: Header[] = [];
  #table_bytes = 0;
  #limit_bytes = TABLE_BYTES;
  readonly #max_list_bytes: number;

  /** `max_list_bytes` bounds the headers of one block, as the table counts them. */
  constructor(max_list_bytes: number) {
    this.#max_list_bytes = max_list_bytes;
  }

  /** The headers of a whole block. Throws COMPRESSION_ERROR; after it the table is no good any more. */
  decode(block: Uint8Array): Header[] {
    const reader = new BlockReader(block);
    const headers: Header[] = [];
    let list_bytes = 0;
    while (!reader.isAtEnd) {
      const header = this.#next(reader, headers.length === 0);
      if (header === null) continue;
      list_bytes += sizeOf(header);
      if (list_bytes > this.#max_list_bytes) throw compressionError("too many headers");
      headers.push(header);
    }
    return headers;
  }

  /** The next header; null for a new size of the table, which only a block's start may have. */
  #next(reader: BlockReader, isStart: boolean): Header | null {
    const first = reader.peek();
    if ((first & 0x80) !== 0) return this.#entry(reader.integer(7));
    if ((first & 0xe0) === 0x20) {
      const limit = reader.integer(5);
      if (!isStart || limit > TABLE_BYTES) throw compressionError("a bad size of the table");
      this.#limit_bytes = limit;
      this.#shrink(0);
      return null;
    }
    const isKept = (first & 0x40) !== 0;
    const index = reader.integer(isKept ? 6 : 4);
    const name = index === 0 ? reader.text() : this.#entry(index)[0];
    const header: Header = [name, reader.text()];
    if (isKept) this.#keep(header);
    return header;
  }

  #entry(index: number): Header {
    const entry = index <= STATIC.length
      ? STATIC[index - 1]
      : this.#table[index - STATIC.length - 1];
    if (entry === undefined) throw compressionError("an index without an entry");
    return entry;
  }

  #keep(header: Header): void {
    const bytes = sizeOf(header);
    this.#shrink(bytes);
    if (bytes > this.#limit_bytes) return;
    this.#table.unshift(header);
    this.#table_bytes += bytes;
  }

  /** Forgets the oldest until there is room. */
  #shrink(room_bytes: number): void {
    while (this.#table.length > 0 && this.#table_bytes + room_bytes > this.#limit_bytes) {
      const oldest = this.#table.pop();
      if (oldest !== undefined) this.#table_bytes -= sizeOf(oldest);
    }
  }
}

/** A header block that uses no table but the static one, and no Huffman code: any decoder reads it. */
export function encodeHeaders(headers: readonly Header[]): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (const [name, value] of headers) {
    const whole = STATIC.findIndex((entry) => entry[0] === name && entry[1] === value) + 1;
    if (whole > 0) {
      bytes.push(...integer(whole, 7, 0x80));
      continue;
    }
    const index = STATIC.findIndex((entry) => entry[0] === name) + 1;
    bytes.push(...integer(index, 4, 0x00));
    if (index === 0) bytes.push(...text(name));
    bytes.push(...text(value));
  }
  return Uint8Array.from(bytes);
}

function sizeOf([name, value]: Header): number {
  return name.length + value.length + ENTRY_BYTES;
}

function text(value: string): number[] {
  const bytes = encoder.encode(value);
  return [...integer(bytes.length, 7, 0x00), ...bytes];
}

/** An integer with a prefix of so many bits, below the flags that share its first byte. */
function integer(value: number, prefix_bits: number, flags: number): number[] {
  const most = (1 << prefix_bits) - 1;
  if (value < most) return [flags | value];
  const bytes = [flags | most];
  let rest = value - most;
  for (; rest >= 128; rest >>= 7) bytes.push(rest & 127 | 128);
  return [...bytes, rest];
}

/** The parts of a header block, one after the other. */
class BlockReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  peek(): number {
    return this.#bytes[this.#at] ?? 0;
  }

  integer(prefix_bits: number): number {
    const most = (1 << prefix_bits) - 1;
    let value = this.#byte() & most;
    if (value < most) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#byte();
      value += (byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw compressionError("an integer beyond all limits");
  }

  text(): string {
    const isCoded = (this.peek() & 0x80) !== 0;
    const length = this.integer(7);
    const end = this.#at + length;
    if (end > this.#bytes.length) throw compressionError("a text that breaks off");
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return decoder.decode(isCoded ? huffmanDecode(bytes) : bytes);
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw compressionError("a block that breaks off");
    return byte;
  }
}
