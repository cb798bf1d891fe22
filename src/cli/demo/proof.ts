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
  const { m, k, n, elapsed_ms, chain_ms, resident_mb, sweep_ms } = verdict.figures;
  report.fact(`a ${m} × ${k} × ${n} matrix product of fresh random numbers in ${elapsed_ms} ms,`);
  report.fact(
    `a chain of arithmetic in ${chain_ms} ms, sweeps over the ${resident_mb} MB of the product in ` +
      `${sweep_ms} ms;`,
  );
  report.fact("the CPU has checked 64 rows, 64 lanes of the chain, and sweeps");
  report.fact(`verdict: ${verdict.verdict}. ${verdict.reason}`);
  return verdict;
}

/** Has a person check the proof of a GPU on record, on the CPU of this machine. */
export async function checkProof(person: Person, gpu_id: string, report: Report): Promise<void> {
  report.step("Trust nobody: check that proof again", `gpu proof ${gpu_id} --verify`);
  // It ends in an error, as the command does, if anything is wrong.
  const { answer_sha256 } = await person.run("gpu", "proof", gpu_id, "--verify");
  report.fact(`it holds: the answer ${answer_sha256} is right, and what the feed names`);
}
