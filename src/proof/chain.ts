import { keyWords } from "./chacha8.ts";
import { LANES_PER_LEAF, type ProofSize } from "./size.ts";

/** 2³² over the golden ratio: spreads the lanes over the words. */
const SPREAD = 0x9e3779b9;

/**
 * The word that a lane ends with. Lane i starts at x = key₀ ⊕ i, y = key₁ + i·0x9E3779B9 and goes
 * `steps` times through x = x·(x|1) + y, y ⊕= x >> 7, all mod 2³²: quadratic in x and mixed across the
 * bits, so no step can be folded into another and no tensor core helps. The word is x + (y ⊕ key₂).
 */
export function chainWord(key: Uint32Array, lane: number, steps: number): number {
  let x = key[0]! ^ lane;
  let y = (key[1]! + Math.imul(lane, SPREAD)) | 0;
  for (let i = 0; i < steps; i++) {
    x = (Math.imul(x, x | 1) + y) | 0;
    y ^= x >>> 7;
  }
  return (x + (y ^ key[2]!)) >>> 0;
}

/** One lane of an opened leaf of the chain: the 64 words of its group, little-endian bytes. */
export interface OpenedLane {
  readonly lane: number;
  readonly leaf: Uint8Array;
  readonly path: Uint8Array;
}

/** Leaves of the chain's tree. */
export function chainLeaves({ lanes }: ProofSize): number {
  return lanes / LANES_PER_LEAF;
}

/** The first opened lane whose word is not the one that it must end with, or undefined. */
export function firstFalseLane(
  key: Uint8Array,
  size: ProofSize,
  opened: readonly OpenedLane[],
): OpenedLane | undefined {
  const words = keyWords(key);
  return opened.find(({ lane, leaf }) => {
    const view = new DataView(leaf.buffer, leaf.byteOffset, leaf.length);
    const word = view.getUint32(4 * (lane % LANES_PER_LEAF), true);
    return word !== chainWord(words, lane, size.steps);
  });
}
