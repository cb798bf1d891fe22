import { SHA256_BYTES } from "../../src/base/hash.ts";
import { verifyAnswer } from "../../src/proof/pipeline.ts";
import type { Figure } from "../figure.ts";
import { CARD_24GB, honestProof } from "./honest_answer.ts";

const LIMIT_MIB = 4;
const BYTES_PER_MIB = 2 ** 20;

/** What a registry receives of a 24 GB card's proof: the roots, in hex digits, and the answer. */
export const figure: Figure = {
  group: "proof",
  name: "received of a 24 GB card's proof / 4 MiB",
  unit: "MiB",
  aim: { op: "<=", value: 1 },
  measure() {
    const check = honestProof(CARD_24GB);
    const outcome = verifyAnswer(check, (bytes) => crypto.getRandomValues(bytes));
    if (!outcome.ok) throw new Error(outcome.reason);
    const roots = 2 + check.transcript.sweep_roots.length;
    const ours = (check.answer.length + 2 * SHA256_BYTES * roots) / BYTES_PER_MIB;
    return Promise.resolve({ ours, against: LIMIT_MIB, ratio: ours / LIMIT_MIB });
  },
};
