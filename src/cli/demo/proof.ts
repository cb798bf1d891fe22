import { Verdict } from "../../protocol/gpu.ts";
import { validate } from "../../protocol/validate.ts";
import type { Person } from "./person.ts";
import type { Report } from "./report.ts";

/** Ask of the demo's GPU, dollars an hour. */
export const DEMO_PRICE = "0.30";

/** Registers this machine's GPU: measured, proven, listed. The verdict. */
export async function registerAndProve(
  owner: Person,
  gpu_id: string,
  report: Report,
): Promise<Verdict> {
  report.step(
    "Measure the GPU, prove it, list it",
    `register-gpu --gpu-id ${gpu_id} --gpu-type auto --price ${DEMO_PRICE}`,
  );
  const words = ["--gpu-id", gpu_id, "--gpu-type", "auto", "--price", DEMO_PRICE];
  const answer = await owner.run("register-gpu", ...words);
  const verdict = validate(Verdict, answer.verdict, "The verdict");
  const { m, k, n, elapsed_ms } = verdict.figures;
  report.fact(
    `a ${m} × ${k} × ${n} matrix product of fresh random numbers in ${elapsed_ms} ms; ` +
      "64 rows opened and checked",
  );
  report.fact(`verdict: ${verdict.verdict}. ${verdict.reason}`);
  return verdict;
}
