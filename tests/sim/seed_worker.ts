import { messageOf } from "../../src/base/errors.ts";
import { contradictions } from "./invariants.ts";
import { runSeed } from "./run.ts";

/** How one seed went. */
export interface SeedReport {
  seed: number;
  wrong: string[];
  trace: string;
  crashes: number;
  /** How often each type of event came. */
  events: Record<string, number>;
}

/** What a Worker says: first that it is ready, then one report a seed. */
export type Said = { ready: true } | SeedReport;

const scope: {
  onmessage: ((event: MessageEvent<number>) => void) | null;
  postMessage(said: Said): void;
} = globalThis as unknown as typeof scope;

scope.onmessage = async ({ data: seed }) => {
  scope.postMessage(await reportOf(seed));
};
scope.postMessage({ ready: true });

async function reportOf(seed: number): Promise<SeedReport> {
  try {
    const { outcome, trace, crashes } = await runSeed(seed);
    const events: Record<string, number> = {};
    for (const { type } of outcome.feeds.flatMap(({ events }) => events)) {
      events[type] = (events[type] ?? 0) + 1;
    }
    return { seed, wrong: contradictions(outcome), trace, crashes, events };
  } catch (thrown) {
    const wrong = [`the run itself failed: ${messageOf(thrown)}`];
    return { seed, wrong, trace: "", crashes: 0, events: {} };
  }
}
