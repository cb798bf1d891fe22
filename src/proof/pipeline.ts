import { SHA256_BYTES } from "../base/hash.ts";
import { keyWords } from "./chacha8.ts";
import { firstFalseLane, type OpenedLane } from "./chain.ts";
import { chainKey, sweepKey } from "./challenge.ts";
import { firstFalseRow } from "./freivalds.ts";
import { leafHash, rootOfPath } from "./merkle.ts";
import { decodeOpenings, type Opening } from "./openings.ts";
import { proofFailure, type ProofOutcome } from "./outcome.ts";
import type { FillRandom } from "./random.ts";
import { LANES_PER_LEAF, TAG_WORDS } from "./size.ts";
import { rowTag } from "./sweep.ts";
import type { Transcript } from "./transcript.ts";

/** All that a verifier needs; structured-cloneable, so it can be posted to a Worker. */
export interface AnswerCheck {
  /** Of `challengeSeed`. */
  readonly seed: Uint8Array;
  readonly transcript: Transcript;
  readonly answer: Uint8Array;
}

/**
 * Checks an answer on the CPU, cheapest first: its wire form, each row's and lane's Merkle path to its
 * root, the tags of the rows in the drawn sweeps, the drawn lanes step by step, then the rows against
 * A·B. `random` must be a CSPRNG that the provider cannot foresee. Never throws for what an answer
 * holds.
 */
export function verifyAnswer(check: AnswerCheck, random: FillRandom): ProofOutcome {
  const { seed, transcript, answer } = check;
  const { challenge, draw, matrix_root, chain_root, sweep_roots } = transcript;
  const roots = [matrix_root, chain_root, ...sweep_roots];
  if (roots.some((root) => root.length !== SHA256_BYTES)) {
    return proofFailure("commitment", "malformed_root", `A root has ${SHA256_BYTES} bytes`);
  }
  if (sweep_roots.length !== challenge.sweeps) {
    return proofFailure("commitment", "wrong_count", `There is one root for each sweep`);
  }
  const decoded = decodeOpenings(challenge, draw, answer);
  if (!decoded.ok) return decoded;
  const { rows, lanes } = decoded.openings;
  return checkRows(rows, transcript) ?? checkTags(rows, seed, transcript) ??
    checkLanes(lanes, seed, transcript) ?? checkProduct(rows, seed, transcript, random) ??
    { ok: true };
}

function checkRows(rows: readonly Opening[], { matrix_root }: Transcript): ProofOutcome | null {
  for (const { index, row, path } of rows) {
    if (!isSame(rootOfPath(leafHash(row), index, path), matrix_root)) {
      return proofFailure("commitment", "wrong_root", `Row ${index} is not under the root`);
    }
  }
  return null;
}

/** Each sweep is keyed by the root before it, so a tag shows that the row was there in that pass. */
function checkTags(
  rows: readonly Opening[],
  seed: Uint8Array,
  { matrix_root, chain_root, sweep_nonce, sweep_roots, draw, challenge }: Transcript,
): ProofOutcome | null {
  const first = sweepKey(seed, matrix_root, chain_root, sweep_nonce);
  const keys = draw.sweeps.map((sweep) => keyWords(sweep_roots[sweep - 1] ?? first));
  const words = new Uint32Array(challenge.n);
  const tag = new Uint32Array(TAG_WORDS);
  const tagBytes = new Uint8Array(tag.buffer);
  for (const { index, row, tag_paths } of rows) {
    new Uint8Array(words.buffer).set(row);
    for (const [i, sweep] of draw.sweeps.entries()) {
      rowTag(keys[i]!, words, tag);
      if (isSame(rootOfPath(leafHash(tagBytes), index, tag_paths[i]!), sweep_roots[sweep]!)) {
        continue;
      }
      const reason = `Row ${index} has another tag in sweep ${sweep}`;
      return proofFailure("sweep", "wrong_tag", reason);
    }
  }
  return null;
}

function checkLanes(
  lanes: readonly OpenedLane[],
  seed: Uint8Array,
  { matrix_root, chain_nonce, chain_root, challenge }: Transcript,
): ProofOutcome | null {
  for (const { lane, leaf, path } of lanes) {
    const index = Math.floor(lane / LANES_PER_LEAF);
    if (isSame(rootOfPath(leafHash(leaf), index, path), chain_root)) continue;
    return proofFailure("commitment", "wrong_chain_root", `Lane ${lane} is not under the root`);
  }
  const wrong = firstFalseLane(chainKey(seed, matrix_root, chain_nonce), challenge, lanes);
  if (wrong === undefined) return null;
  return proofFailure("chain", "wrong_lane", `Lane ${wrong.lane} does not end with that word`);
}

function checkProduct(
  rows: readonly Opening[],
  seed: Uint8Array,
  { challenge }: Transcript,
  random: FillRandom,
): ProofOutcome | null {
  const wrong = firstFalseRow(seed, challenge, rows, random);
  if (wrong === undefined) return null;
  return proofFailure("product", "wrong_row", `Row ${wrong.index} is not that row of A·B`);
}

/** Roots are public: nothing is gained by a comparison in constant time. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, i) => byte === b[i]);
}
