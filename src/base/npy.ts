import { HorizonError } from "./errors.ts";
import {
  bytesOfElement,
  descriptorOf,
  type NpyDtype,
  parseHeader,
  sizeOfShape,
} from "./npy_header.ts";

/** An array as `.npy` holds it: its elements in C order, little-endian bytes. */
export interface NpyArray {
  dtype: NpyDtype;
  shape: readonly number[];
  data: Uint8Array<ArrayBuffer>;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** Magic, version and the header's length in versions 1 and 2. */
const PREFIX_1_BYTES = 10;
const PREFIX_2_BYTES = 12;
/** A header is padded so that the data begin at a multiple of this. */
const ALIGNMENT_BYTES = 64;
/** Longest header read: a shape of 32 axes takes a few hundred bytes. */
const MAX_HEADER_BYTES = 4096;

/** What reading the head of a file needs of it: this many bytes, or all of a shorter one. */
export const NPY_HEAD_BYTES = PREFIX_2_BYTES + MAX_HEADER_BYTES;

/** What a `.npy` file says of its array before the data. */
export interface NpyHead {
  dtype: NpyDtype;
  shape: readonly number[];
  /** Where the data begin. */
  data_offset: number;
}

/**
 * Reads a `.npy` file (versions 1.0 and 2.0, C order, little-endian). The data are a view of the
 * file's bytes. Throws `invalid_job` with what is wrong; `what` names the file in it.
 */
export function decodeNpy(file: Uint8Array<ArrayBuffer>, what: string): NpyArray {
  const { dtype, shape, data_offset } = npyHead(file, file.length, what);
  return { dtype, shape, data: file.subarray(data_offset) };
}

/**
 * What the first `NPY_HEAD_BYTES` of a file of `file_bytes` say, checked against that size. Throws
 * `invalid_job` with what is wrong; `what` names the file in it.
 */
export function npyHead(
  file: Uint8Array<ArrayBuffer>,
  file_bytes: number,
  what: string,
): NpyHead {
  const { start, end } = headerPlace(file, what);
  const refuse = (why: string) => invalid(what, why);
  const { dtype, shape } = parseHeader(latin1(file.subarray(start, end)), refuse);
  const data_bytes = file_bytes - end;
  const expected_bytes = sizeOfShape(shape) * bytesOfElement(dtype);
  if (data_bytes === expected_bytes) return { dtype, shape, data_offset: end };
  const array = `${dtype} of shape [${shape.join(", ")}]`;
  throw refuse(`holds ${data_bytes} bytes of data; ${array} takes ${expected_bytes}`);
}

/** Where the header is. Throws `invalid_job`. */
function headerPlace(file: Uint8Array<ArrayBuffer>, what: string): { start: number; end: number } {
  if (file.length < PREFIX_1_BYTES || MAGIC.some((byte, i) => file[i] !== byte)) {
    throw invalid(what, "is no .npy file: it doesn't begin with \\x93NUMPY");
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const major = view.getUint8(6);
  if (major !== 1 && major !== 2) {
    throw invalid(what, `is .npy of version ${major}; versions 1 and 2 are read`);
  }
  const start = major === 1 ? PREFIX_1_BYTES : PREFIX_2_BYTES;
  if (file.length < start) throw invalid(what, "ends within its header");
  const header_bytes = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (header_bytes > MAX_HEADER_BYTES) {
    throw invalid(what, `has a header of ${header_bytes} bytes; at most ${MAX_HEADER_BYTES}`);
  }
  const end = start + header_bytes;
  if (end > file.length) throw invalid(what, "ends within its header");
  return { start, end };
}

/** Writes a `.npy` file of version 1.0. Throws `invalid_job` where data and shape differ. */
export function encodeNpy({ dtype, shape, data }: NpyArray): Uint8Array<ArrayBuffer> {
  const expected_bytes = sizeOfShape(shape) * bytesOfElement(dtype);
  if (data.length !== expected_bytes) {
    throw invalid("An array", `holds ${data.length} bytes; its shape takes ${expected_bytes}`);
  }
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descriptorOf(dtype)}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const unpadded_bytes = PREFIX_1_BYTES + text.length + 1;
  const start = Math.ceil(unpadded_bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  const header = `${text.padEnd(start - PREFIX_1_BYTES - 1)}\n`;
  const file = new Uint8Array(start + data.length);
  file.set(MAGIC);
  file[6] = 1;
  new DataView(file.buffer).setUint16(8, header.length, true);
  file.set(new TextEncoder().encode(header), PREFIX_1_BYTES);
  file.set(data, start);
  return file;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function invalid(what: string, why: string): HorizonError {
  return new HorizonError("invalid_job", `${what} ${why}.`);
}
