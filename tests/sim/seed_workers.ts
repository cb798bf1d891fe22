import { WorkerRole } from "../../src/registry/workers.ts";
import type { SeedReport } from "./seed_worker.ts";

/** Runs seeds in Workers, as many as the machine has cores; the reports come in the order of the ends. */
export async function runSeeds(seeds: readonly number[]): Promise<SeedReport[]> {
  const url = new URL("./seed_worker.ts", import.meta.url).href;
  const left = seeds[Symbol.iterator]();
  const reports: SeedReport[] = [];
  const workThrough = async () => {
    const worker = new WorkerRole<number, SeedReport>(url, "sim", () => {});
    try {
      // All Workers take from one iterator: whoever is free has the next seed.
      for (const seed of { [Symbol.iterator]: () => ({ next: () => left.next() }) }) {
        reports.push(await worker.ask(seed));
      }
    } finally {
      worker.close();
    }
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, workThrough));
  return reports;
}
