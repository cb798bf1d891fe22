import { TAG_WORDS } from "./size.ts";

/** Words of a quad: what a lane of the sweep takes of a row at a time. */
const QUAD = 4;

/**
 * The tag of a row of C under a key of eight words: 64 lanes walk the row's quads side by side, lane l
 * taking the quads l, l + 64, …, and each ends with one word. A word w enters as x = w + key:
 * acc = acc·(x|1) + x, acc ⊕= acc >> 15. That is not linear in the row, so a tag can't be made from
 * the two matrices without the row itself. `row` has n words, n a multiple of 256.
 */
export function rowTag(key: Uint32Array, row: Uint32Array, out: Uint32Array): void {
  for (let lane = 0; lane < TAG_WORDS; lane++) {
    let a = key[0]! ^ lane, b = key[1]! ^ lane, c = key[2]! ^ lane, d = key[3]! ^ lane;
    let half = 0;
    for (let at = QUAD * lane; at < row.length; at += QUAD * TAG_WORDS) {
      a = absorbed(a, row[at]! + key[half]!);
      b = absorbed(b, row[at + 1]! + key[half + 1]!);
      c = absorbed(c, row[at + 2]! + key[half + 2]!);
      d = absorbed(d, row[at + 3]! + key[half + 3]!);
      half ^= QUAD;
    }
    out[lane] = Math.imul(a ^ ((b << 8) | (b >>> 24)), c | 1) + d;
  }
}

function absorbed(acc: number, x: number): number {
  const sum = (Math.imul(acc, x | 1) + x) | 0;
  return sum ^ (sum >>> 15);
}
