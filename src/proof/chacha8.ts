/** Words in one ChaCha block. */
export const BLOCK_WORDS = 16;
/** Length of a ChaCha8 key, in bytes. */
export const SEED_BYTES = 32;

/** "expand 32-byte k", the constant of every ChaCha with a 256-bit key. */
const C0 = 0x61707865, C1 = 0x3320646e, C2 = 0x79622d32, C3 = 0x6b206574;
const DOUBLE_ROUNDS = 4;

/** The eight key words of a 32-byte seed, little endian. */
export function keyWords(seed: Uint8Array): Uint32Array {
  if (seed.length !== SEED_BYTES) throw new RangeError(`a seed has ${SEED_BYTES} bytes`);
  const view = new DataView(seed.buffer, seed.byteOffset, SEED_BYTES);
  return Uint32Array.from({ length: SEED_BYTES / 4 }, (_, i) => view.getUint32(4 * i, true));
}

/**
 * Fills `out` with keystream words `first_word`, `first_word + 1`, … of stream number `stream`.
 * ChaCha with 8 rounds in Bernstein's layout: words 12–13 count the blocks (the high one stays 0),
 * word 14 is the stream, word 15 is 0. Both the position and the length are whole blocks.
 */
export function fillKeystream(
  key: Uint32Array,
  stream: number,
  first_word: number,
  out: Uint32Array,
): void {
  if (first_word % BLOCK_WORDS !== 0 || out.length % BLOCK_WORDS !== 0) {
    throw new RangeError("a keystream is read in whole blocks of 16 words");
  }
  const first_block = first_word / BLOCK_WORDS;
  const blocks = out.length / BLOCK_WORDS;
  for (let i = 0; i < blocks; i++) writeBlock(key, stream, first_block + i, out, i * BLOCK_WORDS);
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/** One block. Local variables, not an array: they stay in registers, which is most of the speed. */
function writeBlock(k: Uint32Array, stream: number, count: number, out: Uint32Array, o: number) {
  const k0 = k[0]!, k1 = k[1]!, k2 = k[2]!, k3 = k[3]!;
  const k4 = k[4]!, k5 = k[5]!, k6 = k[6]!, k7 = k[7]!;
  let x0 = C0, x1 = C1, x2 = C2, x3 = C3, x4 = k0, x5 = k1, x6 = k2, x7 = k3;
  let x8 = k4, x9 = k5, x10 = k6, x11 = k7, x12 = count, x13 = 0, x14 = stream, x15 = 0;
  for (let round = 0; round < DOUBLE_ROUNDS; round++) {
    x12 = rotateLeft(x12 ^ (x0 = (x0 + x4) | 0), 16);
    x4 = rotateLeft(x4 ^ (x8 = (x8 + x12) | 0), 12);
    x12 = rotateLeft(x12 ^ (x0 = (x0 + x4) | 0), 8);
    x4 = rotateLeft(x4 ^ (x8 = (x8 + x12) | 0), 7);
    x13 = rotateLeft(x13 ^ (x1 = (x1 + x5) | 0), 16);
    x5 = rotateLeft(x5 ^ (x9 = (x9 + x13) | 0), 12);
    x13 = rotateLeft(x13 ^ (x1 = (x1 + x5) | 0), 8);
    x5 = rotateLeft(x5 ^ (x9 = (x9 + x13) | 0), 7);
    x14 = rotateLeft(x14 ^ (x2 = (x2 + x6) | 0), 16);
    x6 = rotateLeft(x6 ^ (x10 = (x10 + x14) | 0), 12);
    x14 = rotateLeft(x14 ^ (x2 = (x2 + x6) | 0), 8);
    x6 = rotateLeft(x6 ^ (x10 = (x10 + x14) | 0), 7);
    x15 = rotateLeft(x15 ^ (x3 = (x3 + x7) | 0), 16);
    x7 = rotateLeft(x7 ^ (x11 = (x11 + x15) | 0), 12);
    x15 = rotateLeft(x15 ^ (x3 = (x3 + x7) | 0), 8);
    x7 = rotateLeft(x7 ^ (x11 = (x11 + x15) | 0), 7);
    x15 = rotateLeft(x15 ^ (x0 = (x0 + x5) | 0), 16);
    x5 = rotateLeft(x5 ^ (x10 = (x10 + x15) | 0), 12);
    x15 = rotateLeft(x15 ^ (x0 = (x0 + x5) | 0), 8);
    x5 = rotateLeft(x5 ^ (x10 = (x10 + x15) | 0), 7);
    x12 = rotateLeft(x12 ^ (x1 = (x1 + x6) | 0), 16);
    x6 = rotateLeft(x6 ^ (x11 = (x11 + x12) | 0), 12);
    x12 = rotateLeft(x12 ^ (x1 = (x1 + x6) | 0), 8);
    x6 = rotateLeft(x6 ^ (x11 = (x11 + x12) | 0), 7);
    x13 = rotateLeft(x13 ^ (x2 = (x2 + x7) | 0), 16);
    x7 = rotateLeft(x7 ^ (x8 = (x8 + x13) | 0), 12);
    x13 = rotateLeft(x13 ^ (x2 = (x2 + x7) | 0), 8);
    x7 = rotateLeft(x7 ^ (x8 = (x8 + x13) | 0), 7);
    x14 = rotateLeft(x14 ^ (x3 = (x3 + x4) | 0), 16);
    x4 = rotateLeft(x4 ^ (x9 = (x9 + x14) | 0), 12);
    x14 = rotateLeft(x14 ^ (x3 = (x3 + x4) | 0), 8);
    x4 = rotateLeft(x4 ^ (x9 = (x9 + x14) | 0), 7);
  }
  out[o] = x0 + C0, out[o + 1] = x1 + C1, out[o + 2] = x2 + C2, out[o + 3] = x3 + C3;
  out[o + 4] = x4 + k0, out[o + 5] = x5 + k1, out[o + 6] = x6 + k2, out[o + 7] = x7 + k3;
  out[o + 8] = x8 + k4, out[o + 9] = x9 + k5, out[o + 10] = x10 + k6, out[o + 11] = x11 + k7;
  out[o + 12] = x12 + count, out[o + 13] = x13, out[o + 14] = x14 + stream, out[o + 15] = x15;
}
