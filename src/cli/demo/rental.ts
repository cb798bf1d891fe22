import { HorizonError } from "../../base/errors.ts";
import { formatDollars } from "../../base/money.ts";
import { formatDuration } from "../../base/time_text.ts";
import { JobView } from "../../protocol/job.ts";
import { LeaseView } from "../../protocol/lease.ts";
import { validate } from "../../protocol/validate.ts";
import {
  matrixProduct,
  TEMPLATE_FILES,
  TEMPLATE_SIZE,
  writeWgslTemplate,
} from "../job_template.ts";
import type { Person } from "./person.ts";
import type { Report } from "./report.ts";

/** Passes of the example job: enough work for a bill, little enough for a CPU. */
const PASSES = 200;

/** What a rental came to. */
export interface Rental {
  job: JobView;
  lease: LeaseView;
}

/** Rents a GPU, runs the example job on it, checks its answer on the CPU, and pays the bill. */
export async function rentAndRun(
  renter: Person,
  gpu_id: string,
  folder: string,
  report: Report,
): Promise<Rental> {
  report.step("Rent it for an hour", `rent ${gpu_id} --duration 1 --yes`);
  const opened = leaseOf(await renter.run("rent", gpu_id, "--duration", "1", "--yes"));
  report.fact(
    `${opened.lease_id}: ${formatDollars(opened.hold_micros)} are held, ` +
      `${formatDollars(opened.price_micros_per_hour)} an hour`,
  );
  const job = await runMatrixJob(renter, gpu_id, folder, report);
  report.step("Give it back early, and get the bill", `lease end ${opened.lease_id}`);
  const lease = leaseOf(await renter.run("lease", "end", opened.lease_id));
  const back_micros = lease.hold_micros - lease.cost_micros;
  report.fact(
    `${formatDuration(lease.metered_s)} used cost ${formatDollars(lease.cost_micros)}; ` +
      `${formatDollars(back_micros)} came back`,
  );
  return { job, lease };
}

async function runMatrixJob(
  renter: Person,
  gpu_id: string,
  folder: string,
  report: Report,
): Promise<JobView> {
  const size = `${TEMPLATE_SIZE} × ${TEMPLATE_SIZE}`;
  report.step(
    `Run a job in the jail: the product of two ${size} matrices, ${PASSES} times`,
    `job new wgsl my-job  # and in its job.yaml, repeat: ${PASSES}`,
    `submit-job ${gpu_id} --job my-job/${TEMPLATE_FILES.job} --wait --out results`,
  );
  await writeWgslTemplate(`${folder}/my-job`, PASSES);
  const job_file = `${folder}/my-job/${TEMPLATE_FILES.job}`;
  const results = `${folder}/results`;
  const words = ["submit-job", gpu_id, "--job", job_file, "--wait", "--out", results];
  const answer = await renter.run(...words);
  const job = validate(JobView, answer.job, "The job");
  const took_ms = (job.ended_at ?? 0) - (job.started_at ?? 0);
  report.fact(`${job.job_id} ${job.state} in ${took_ms} ms`);
  await checkProduct(`${folder}/my-job`, `${results}/c`);
  report.fact("its answer is right: the CPU computes the same, bit for bit");
  return job;
}

/** Computes the product again on the CPU. Throws `job_failed` if the job's differs. */
async function checkProduct(job_folder: string, result_path: string): Promise<void> {
  const read = async (path: string) => new Uint32Array((await Deno.readFile(path)).buffer);
  const a = await read(`${job_folder}/${TEMPLATE_FILES.a}`);
  const b = await read(`${job_folder}/${TEMPLATE_FILES.b}`);
  const expected = matrixProduct(a, b);
  const got = await read(result_path);
  const at = expected.findIndex((value, i) => value !== got[i]);
  if (at < 0 && got.length === expected.length) return;
  throw new HorizonError("job_failed", `The job's answer is wrong at element ${at}.`);
}

function leaseOf(answer: unknown): LeaseView {
  return validate(LeaseView, answer, "The lease");
}
