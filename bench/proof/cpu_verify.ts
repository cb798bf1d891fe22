import { cpuUsage } from "node:process";
import { verifyAnswer } from "../../src/proof/pipeline.ts";
import { type Figure, median } from "../figure.ts";
import { CARD_24GB, honestProof } from "./honest_answer.ts";

const ROUNDS = 7;
const LIMIT_S = 1;

/** The processor time of checking a full proof of a 24 GB card, on all cores together. */
export const figure: Figure = {
  group: "proof",
  name: "CPU verification of a 24 GB card's proof / 1 core-second",
  unit: "s",
  aim: { op: "<=", value: 1 },
  measure() {
    const check = honestProof(CARD_24GB);
    const seconds: number[] = [];
    for (let round = -1; round < ROUNDS; round++) {
      const start = cpuUsage();
      const outcome = verifyAnswer(check, (bytes) => crypto.getRandomValues(bytes));
      if (!outcome.ok) throw new Error(outcome.reason);
      const { user, system } = cpuUsage(start);
      if (round >= 0) seconds.push((user + system) / 1e6);
    }
    const ours = median(seconds);
    return Promise.resolve({ ours, against: LIMIT_S, ratio: ours / LIMIT_S, note: sizeNote() });
  },
};

function sizeNote(): string {
  const { m, k, n, lanes, steps, sweeps } = CARD_24GB;
  return `${m} × ${k} × ${n}, ${lanes} lanes of ${steps} steps, ${sweeps} sweeps`;
}
