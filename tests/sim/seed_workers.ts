import type { Said, SeedReport } from "./seed_worker.ts";

/** Runs seeds in Workers, as many as the machine has cores; the reports come as the runs end. */
export async function runSeeds(
  seeds: readonly number[],
  onReport: (report: SeedReport) => void,
): Promise<void> {
  const left = seeds[Symbol.iterator]();
  const count = Math.min(navigator.hardwareConcurrency, seeds.length);
  await Promise.all(Array.from({ length: count }, () => workThrough(left, onReport)));
}

/** One Worker takes seeds until none are left. */
async function workThrough(
  left: Iterator<number>,
  onReport: (report: SeedReport) => void,
): Promise<void> {
  const url = new URL("./seed_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const next = () => {
    const { done, value } = left.next();
    if (done) resolve();
    else worker.postMessage(value);
  };
  worker.onmessage = ({ data }: MessageEvent<Said>) => {
    if (!("ready" in data)) onReport(data);
    next();
  };
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(`a Worker of the simulation died: ${event.message}`));
  };
  try {
    await promise;
  } finally {
    worker.terminate();
  }
}
