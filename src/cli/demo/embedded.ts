import type { Verdict } from "../../protocol/gpu.ts";
import type { Head } from "../../protocol/feed.ts";
import { TEMPLATE_FILES } from "../job_template.ts";
import type { Person } from "./person.ts";
import { checkProof, registerAndProve } from "./proof.ts";
import { type Rental, rentAndRun } from "./rental.ts";
import type { Report } from "./report.ts";

/** What the chapter came to; without an adapter nothing is proven or rented. */
export interface EmbeddedChapter {
  actor: string;
  verdict: Verdict | null;
  rental: Rental | null;
  head: Head;
}

const GPU_ID = "my-gpu";

/** One person on one machine: owner, renter and operator of the registry in the data folder. */
export async function playEmbedded(
  you: Person,
  folder: string,
  has_adapter: boolean,
  report: Report,
): Promise<EmbeddedChapter> {
  report.chapter("One machine: the registry in your data folder");
  report.step("Make a key: it is the whole account", "init");
  const { actor } = await you.run("init");
  report.fact(`you are ${actor}`);
  report.step(
    "Let your registry list software adapters too, and credit yourself",
    "config --set allow_software true",
    "wallet deposit 5",
  );
  await you.run("config", "--set", "allow_software", "true");
  await you.run("wallet", "deposit", "5");
  const verdict = has_adapter ? await registerAndProve(you, GPU_ID, report) : null;
  if (has_adapter) await checkProof(you, GPU_ID, report);
  const rental = has_adapter ? await rentAndRun(you, GPU_ID, folder, report) : null;
  if (!has_adapter) await showJob(you, folder, report);
  const { head } = await you.node();
  report.step("Everything is in one hash-chained feed");
  report.fact(`event ${head.seq}, ${head.hash}`);
  return { actor: String(actor), verdict, rental, head };
}

/** What a job looks like, where none can run. */
async function showJob(you: Person, folder: string, report: Report): Promise<void> {
  const job_file = `my-job/${TEMPLATE_FILES.job}`;
  report.step("Write a job and check it", "job new wgsl my-job", `job validate ${job_file}`);
  await you.run("job", "new", "wgsl", `${folder}/my-job`);
  await you.run("job", "validate", `${folder}/${job_file}`);
  report.fact("it is valid; running it takes an adapter");
}
