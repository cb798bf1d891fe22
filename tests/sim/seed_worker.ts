import { messageOf } from "../../src/base/errors.ts";
import { serveRole } from "../../src/registry/workers.ts";
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

serveRole(reportOf);

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
