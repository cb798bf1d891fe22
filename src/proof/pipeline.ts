import { SHA256_BYTES } from "../base/hash.ts";
import type { Challenge } from "./challenge.ts";
import { firstFalseRow } from "./freivalds.ts";
import { leafHash, rootOfPath } from "./merkle.ts";
import { decodeOpenings } from "./openings.ts";
import { proofFailure, type ProofOutcome } from "./outcome.ts";
import type { FillRandom } from "./random.ts";

/** All that a verifier needs; structured-cloneable, so it can be posted to a Worker. */
export interface AnswerCheck {
  readonly challenge: Challenge;
  /** Of `challengeSeed`. */
  readonly seed: Uint8Array;
  /** The commitment that arrived before the rows were drawn. */
  readonly root: Uint8Array;
  /** Of `drawRows`. */
  readonly indices: readonly number[];
  readonly answer: Uint8Array;
}

/**
 * Checks an answer on the CPU, cheapest first: its wire form, each row's Merkle path to the root,
 * then the rows against A·B. For K = N = 4096 about 0.1 s and under 2 MiB. `random` must be a CSPRNG
 * that the provider cannot foresee. Never throws for what an answer holds.
 */
export function verifyAnswer(check: AnswerCheck, random: FillRandom): ProofOutcome {
  const { challenge, seed, root, indices, answer } = check;
  if (root.length !== SHA256_BYTES) {
    return proofFailure("commitment", "malformed_root", `A root has ${SHA256_BYTES} bytes`);
  }
  const decoded = decodeOpenings(challenge, indices, answer);
  if (!decoded.ok) return decoded;
  for (const { index, row, path } of decoded.openings) {
    const implied = rootOfPath(leafHash(row), index, path);
    if (implied.some((byte, i) => byte !== root[i])) {
      return proofFailure("commitment", "wrong_root", `Row ${index} is not under the root`);
    }
  }
  const wrong = firstFalseRow(seed, challenge, decoded.openings, random);
  if (wrong === undefined) return { ok: true };
  return proofFailure("product", "wrong_row", `Row ${wrong.index} is not that row of A·B`);
}
