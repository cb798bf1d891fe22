const DIGIT_BITS = 11;
const DIGITS = 2 ** DIGIT_BITS;
const DIGIT_MASK = DIGITS - 1;

/** The rows 0, 1, … in their own order. */
export function rowNumbers(rows: number): Uint32Array<ArrayBuffer> {
  const numbers = new Uint32Array(rows);
  for (let i = 0; i < rows; i++) numbers[i] = i;
  return numbers;
}

/**
 * Sorts row numbers in place by `keys[row]`; rows of equal key keep their order, also where it is
 * descending. A radix sort from the lowest digit (Knuth, TAOCP 3, §5.2.5): O(rows), three passes at
 * most, and none for a digit that all keys share.
 */
export function sortRows(rows: Uint32Array, keys: Uint32Array, descending = false): void {
  const flip = descending ? DIGIT_MASK : 0;
  const starts = new Uint32Array(DIGITS);
  let from = rows;
  let to: Uint32Array = new Uint32Array(rows.length);
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    if (!countDigits(from, keys, shift, flip, starts)) continue;
    for (let i = 0; i < from.length; i++) {
      const row = from[i]!;
      const digit = ((keys[row]! >>> shift) & DIGIT_MASK) ^ flip;
      const at = starts[digit]!;
      starts[digit] = at + 1;
      to[at] = row;
    }
    [from, to] = [to, from];
  }
  if (from !== rows) rows.set(from);
}

/** Fills where each digit's rows start; false where all keys have the same digit. */
function countDigits(
  rows: Uint32Array,
  keys: Uint32Array,
  shift: number,
  flip: number,
  starts: Uint32Array,
): boolean {
  starts.fill(0);
  for (let i = 0; i < rows.length; i++) {
    const digit = ((keys[rows[i]!]! >>> shift) & DIGIT_MASK) ^ flip;
    starts[digit] = starts[digit]! + 1;
  }
  let before = 0;
  for (let digit = 0; digit < DIGITS; digit++) {
    const count = starts[digit]!;
    if (count === rows.length) return false;
    starts[digit] = before;
    before += count;
  }
  return true;
}
