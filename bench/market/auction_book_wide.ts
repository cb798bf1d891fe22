import { type Figure, paired } from "../figure.ts";
import { randomFlow, rate, runOurs } from "./auction_flow.ts";

const OPERATIONS = 1_000_000;
const NARROW_TICKS = 400;
const WIDE_TICKS = 10_000_000;
const ROUNDS = 9;

export const figure: Figure = {
  group: "market",
  name: "order book, 1M limit orders and cancels: 10M ticks / 400 ticks",
  unit: "operations/s",
  aim: { op: ">=", value: 0.4 },
  async measure() {
    const wide = randomFlow(OPERATIONS, WIDE_TICKS);
    const narrow = randomFlow(OPERATIONS, NARROW_TICKS);
    const { ours, against } = await paired(
      ROUNDS,
      () => rate(wide, () => runOurs(wide)),
      () => rate(narrow, () => runOurs(narrow)),
    );
    return { ours, against, ratio: ours / against };
  },
};
