import { identityOf, newSecret } from "../../src/base/identity.ts";
import { loadJobFile } from "../../src/cli/job_file.ts";
import { submitJob } from "../../src/client/submit_job.ts";
import { sendInputs } from "../../src/cli/job_upload.ts";
import { writeWgslTemplate } from "../../src/cli/job_template.ts";
import { Client } from "../../src/client/client.ts";
import { httpTransport } from "../../src/client/transport.ts";
import { Home, parseDocument } from "../../tests/e2e/binary.ts";
import type { Figure } from "../figure.ts";
import { whyNotJailed } from "../jobs.ts";

const GPU_ID = "rig-1";
const JOBS = 200;
const PROOF_TIMEOUT_MS = 120_000;
const TIMEOUT_MS = 600_000;
const PRICE_MICROS_PER_HOUR = 300_000;

/** Short jobs on one lease, with registry and provider as the compiled binary runs them. */
export const figure: Figure = {
  group: "jobs",
  name: `${JOBS} queued matrix jobs on one lease, first submitted → last ended; against: jobs lost`,
  unit: "jobs/s",
  aim: null,
  async measure() {
    const skipped = await whyNotJailed();
    if (skipped !== null) return { skipped };
    await using operator = new Home("operator");
    await using owner = new Home("owner");
    await operator.json(["init"]);
    const flags = ["--allow-software", "--welcome-credit", "5", "--json"];
    const server = operator.start(["serve", "--port", "0", ...flags]);
    const [line] = await server.line(/^\{.*"url".*$/);
    const { url, node_id } = parseDocument(line);
    await owner.json(["init"]);
    await owner.json(["config", "--set", "registry", String(url)]);
    const ask = ["--gpu-id", GPU_ID, "--gpu-type", "auto", "--price", "0.30"];
    await owner.json(["register-gpu", ...ask]);
    await owner.start(["provide"]).line(/online/);
    const renter = new Client({
      transport: httpTransport(String(url)),
      identity: identityOf(newSecret()),
      node_id: String(node_id),
    });
    await rent(renter);
    const { seconds, lost } = await runAll(renter, operator.folder);
    const note = `${JOBS - lost} of ${JOBS} succeeded in ${seconds.toFixed(1)} s`;
    return { ours: JOBS / seconds, against: lost, ratio: lost / JOBS, note };
  },
};

/** Rents the GPU, and waits for the proof that its first lease begins with: it is no part of the queue. */
async function rent(renter: Client): Promise<void> {
  const { verdict } = await renter.gpu(GPU_ID);
  const kind = verdict?.verdict;
  if (kind !== "verified" && kind !== "software") throw new Error(`the GPU is ${kind}`);
  const { seq } = await renter.submit("lease.rent", {
    gpu_id: GPU_ID,
    duration_s: 3600,
    max_price_micros_per_hour: PRICE_MICROS_PER_HOUR,
    expected: { verdict: kind, class: verdict?.class ?? "" },
  });
  for await (const { type } of renter.events(seq, AbortSignal.timeout(PROOF_TIMEOUT_MS))) {
    if (type === "gpu.judged") return;
  }
}

/** Submits the jobs one after the other and waits until all have ended. */
async function runAll(renter: Client, folder: string): Promise<{ seconds: number; lost: number }> {
  await writeWgslTemplate(`${folder}/job`);
  const loaded = await loadJobFile(`${folder}/job/job.yaml`);
  if (loaded.job.kind !== "wgsl") throw new Error("the template is no shader");
  const inputs = await sendInputs(renter, loaded, () => {});
  const { seq } = (await renter.node()).head;
  const started_ms = performance.now();
  const ended = ends(renter, seq);
  for (let i = 0; i < JOBS; i++) await submitJob(renter, GPU_ID, loaded.job, inputs);
  const succeeded = await ended;
  return { seconds: (performance.now() - started_ms) / 1000, lost: JOBS - succeeded };
}

/** Waits for the end of all jobs; how many succeeded. */
async function ends(renter: Client, after: number): Promise<number> {
  let [ended, succeeded] = [0, 0];
  for await (const { type, data } of renter.events(after, AbortSignal.timeout(TIMEOUT_MS))) {
    if (type !== "job.ended") continue;
    if (data.state === "succeeded") succeeded += 1;
    if (++ended === JOBS) break;
  }
  return succeeded;
}
