import { systemClock } from "../../src/base/clock.ts";
import { identityOf, newSecret } from "../../src/base/identity.ts";
import { loadKeyFile, NODE_KEY_FILE } from "../../src/base/keyfile.ts";
import { Client } from "../../src/client/client.ts";
import { httpTransport } from "../../src/client/transport.ts";
import { JobLog } from "../../src/provider/job_log.ts";
import { type Figure, median } from "../figure.ts";
import { offer, rent, submitJob } from "../leased_job.ts";
import { startRegistry } from "../registry_load.ts";

const GPU_ID = "gpu-1";
const LINES = 1_000;
const WARM_UP = 50;
const LIMIT_MS = 200;
/** Lines come at random times, so that they meet every state of the batch before them. */
const LONGEST_PAUSE_MS = 20;

/** How soon a renter who follows a job's log sees what its provider's runner was told. */
export const figure: Figure = {
  group: "jobs",
  name: "log line, provider → renter through a registry on loopback, p99 / 200 ms",
  unit: "ms",
  aim: { op: "<=", value: 1 },
  async measure() {
    const registry = await startRegistry();
    const stop = new AbortController();
    const url = registry.url.href.replace(/\/$/, "");
    const as = (identity = identityOf(newSecret())) =>
      new Client({ transport: httpTransport(url), identity, node_id: registry.node_id });
    try {
      const [owner, renter] = [as(), as()];
      const node = as(await loadKeyFile(`${registry.folder}/${NODE_KEY_FILE}`));
      await offer(owner, node, GPU_ID);
      await rent(renter, GPU_ID);
      const job_id = await submitJob(renter, GPU_ID);
      const delays_ms = await delays(owner, renter, job_id, stop.signal);
      const p99 = delays_ms[Math.floor(delays_ms.length * 0.99)] ?? NaN;
      const last = delays_ms.at(-1) ?? NaN;
      const note = `median ${median(delays_ms).toFixed(1)} ms, longest ${last.toFixed(1)} ms`;
      return { ours: p99, against: LIMIT_MS, ratio: p99 / LIMIT_MS, note };
    } finally {
      stop.abort();
      await registry.close();
    }
  },
};

/** What each line took, in ascending order. */
async function delays(
  owner: Client,
  renter: Client,
  job_id: string,
  signal: AbortSignal,
): Promise<number[]> {
  const pushed_ms: number[] = [];
  const log = new JobLog((lines) => owner.sendJobLogs(job_id, lines), systemClock);
  const seen_ms: number[] = [];
  const reading = (async () => {
    for await (const { text } of renter.followJobLogs(job_id, {}, signal)) {
      seen_ms[Number(text)] = performance.now();
      if (Number(text) === WARM_UP + LINES - 1) return;
    }
  })();
  for (let i = 0; i < WARM_UP + LINES; i++) {
    pushed_ms.push(performance.now());
    log.push("log", String(i));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_PAUSE_MS));
  }
  await log.close();
  await reading;
  const took_ms = pushed_ms.map((at_ms, i) => (seen_ms[i] ?? Infinity) - at_ms);
  return took_ms.slice(WARM_UP).sort((a, b) => a - b);
}
