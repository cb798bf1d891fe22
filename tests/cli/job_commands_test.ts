import { assert, assertEquals, assertMatch } from "@std/assert";
import { writeWgslTemplate } from "../../src/cli/job_template.ts";
import { parseDocument } from "../e2e/binary.ts";
import type { LogLine } from "../../src/protocol/api.ts";
import { metricText } from "../../src/protocol/metrics.ts";
import { JOB_KINDS } from "../../src/protocol/job.ts";
import { Person } from "./person.ts";
import { GPU_ID, rentedTest } from "./rented.ts";

/** Passes of a job that goes on until it is ended, and of one that outlasts a short one. */
const ENDLESS = 1_000_000, LONGER = 100;

/** Writes a job into the person's home; the path of its file. */
async function writeJob(person: Person, name: string, repeat?: number): Promise<string> {
  await writeWgslTemplate(`${person.home}/${name}`, repeat);
  return `${person.home}/${name}/job.yaml`;
}

function jobOf(document: Record<string, unknown>): { job_id: string; state: string } {
  const { job } = document;
  if (typeof job !== "object" || job === null) throw new Error("the document names no job");
  return { job_id: String(Reflect.get(job, "job_id")), state: String(Reflect.get(job, "state")) };
}

rentedTest(
  "a job submitted without --wait stays queued until somebody provides",
  async (person) => {
    const job_file = await writeJob(person, "job");
    const { stdout, stderr } = await person.run([
      "submit-job",
      GPU_ID,
      "--job",
      job_file,
      "--json",
    ]);
    const queued = jobOf(parseDocument(stdout));
    assertEquals(queued.state, "queued");
    assertMatch(stderr, /until a provider runs/);
    const out = ["--out", `${person.home}/results`];
    const later = await person.json("submit-job", GPU_ID, "--job", job_file, ...out);
    assertEquals(jobOf(later).state, "succeeded");
    await person.json("job", "fetch", queued.job_id, "--out", `${person.home}/earlier`);
    const expected = await Deno.readFile(`${person.home}/job/expected.bin`);
    assertEquals(await Deno.readFile(`${person.home}/results/c`), expected);
    assertEquals(await Deno.readFile(`${person.home}/earlier/c`), expected);
    const { lines } = await person.json("job", "logs", queued.job_id);
    assertMatch(JSON.stringify(lines), /attempt 1 started on laptop/);
  },
);

rentedTest("an interrupted wait cancels the job that nobody else would run", async (person) => {
  const job_file = await writeJob(person, "job", ENDLESS);
  const interrupt = new AbortController();
  const { code, stderr } = await person.run(["submit-job", GPU_ID, "--job", job_file, "--wait"], {
    signal: interrupt.signal,
    onOutput: (text) => text.includes("attempt 1 started") && interrupt.abort(),
  });
  assertEquals(code, 130);
  const job_id = /job_\d+/.exec(stderr)?.[0] ?? "";
  assertEquals((await person.run(["status", job_id])).code, 103);
});

rentedTest("on a terminal the wait shows state, progress and cost on one line", async (person) => {
  const job_file = await writeJob(person, "job", ENDLESS);
  const interrupt = new AbortController();
  const { stderr } = await person.run(["submit-job", GPU_ID, "--job", job_file, "--wait"], {
    signal: interrupt.signal,
    terminal: true,
    onOutput: (text) => / %.* so far/.test(text) && interrupt.abort(),
  });
  const drawn = stderr.split(/[\r\n]/).map((text) => text.replace("\u001b[2K", ""));
  const last = drawn.findLast((text) => text.includes("so far")) ?? stderr;
  assertMatch(last, /^job_\d+ {2}running on laptop {2}\d+ % {2}\d+ s {2}\$0\.\d{2,6} so far$/);
});

rentedTest(
  "a log is shown from its end, by time and by kind, and its metrics as charts",
  async (person) => {
    const job_file = await writeJob(person, "job");
    const queued = await person.json("submit-job", GPU_ID, "--job", job_file);
    const { job_id } = jobOf(queued);
    const now = Date.now();
    const lines: LogLine[] = [
      { at: now - 3_600_000, kind: "log", text: "long ago" },
      ...[0, 0.5, 1].map((done) => ({
        at: now,
        kind: "metric" as const,
        text: metricText(done, { loss: 1 - done, accuracy: done }),
      })),
      { at: now, kind: "log", text: "just now" },
      { at: now, kind: "progress", text: "3/3" },
    ];
    await person.asClient((client) => client.sendJobLogs(job_id, lines));
    const logs = async (...flags: string[]) => {
      const { lines } = await person.json("job", "logs", job_id, ...flags);
      return Array.isArray(lines) ? lines.map(({ text }) => text) : [];
    };
    assertEquals(await logs(), ["long ago", "just now"]);
    assertEquals(await logs("--tail", "1"), ["just now"]);
    assertEquals(await logs("--since", "10m", "--tail", "5"), ["just now"]);
    assertEquals(await logs("--since", "10m", "--progress", "--tail", "2"), ["just now", "3/3"]);
    assertEquals((await person.refusal("job", "logs", job_id, "--since", "noon")).exit, 2);
    const { code, stdout } = await person.run(["status", job_id, "--plot"]);
    assertEquals(code, 101);
    assertMatch(
      stdout,
      /state +queued[^]*\nloss {2}0\n1 \|\*[^]*\naccuracy {2}1\n1 \|[^]* 0 % +100 %/,
    );
    const { metrics } = parseDocument(
      (await person.run(["status", job_id, "--plot", "--json"])).stdout,
    );
    assertEquals(
      metrics,
      [0, 0.5, 1].map((done) => ({
        at: now,
        done,
        values: { loss: 1 - done, accuracy: done },
      })),
    );
    const other = jobOf(await person.json("submit-job", GPU_ID, "--job", job_file));
    assertMatch((await person.run(["status", other.job_id, "--plot"])).stderr, /no metrics/);
  },
);

rentedTest("of two that wait on one folder each gets its job, whoever holds it", async (person) => {
  const short = await writeJob(person, "short");
  const long = await writeJob(person, "long", LONGER);
  const env = { HORIZON_HOME: person.home };
  const main = new URL("../../src/main.ts", import.meta.url).pathname;
  const submit = (job_file: string, out: string) => {
    const words = ["submit-job", GPU_ID, "--job", job_file, "--out", `${person.home}/${out}`];
    return new Deno.Command(Deno.execPath(), { args: ["run", "-A", main, ...words], env }).output();
  };
  const ends = await Promise.all([submit(short, "one"), submit(long, "two")]);
  const decoder = new TextDecoder();
  assertEquals(
    ends.map(({ code }) => code),
    [0, 0],
    ends.map((e) => decoder.decode(e.stderr)).join(),
  );
});

rentedTest("a job file that is refused sends nothing", async (person) => {
  const job_file = await writeJob(person, "job");
  const before = await person.json("wallet", "history");
  await Deno.remove(`${person.home}/job/a.bin`);
  const refusal = await person.refusal("submit-job", GPU_ID, "--job", job_file, "--wait");
  assertEquals([refusal.code, refusal.exit], ["invalid_job", 2]);
  assertMatch(refusal.message, /inputs\.a: "a\.bin" is not there/);
  assertEquals(await person.json("wallet", "history"), before);
  assertEquals((await person.run(["status", "job_1"])).code, 4);
});

Deno.test("job new refuses another kind, and job validate a job that doesn't fit", async () => {
  await using person = new Person();
  assertEquals((await person.refusal("job", "new", "docker", `${person.home}/x`)).exit, 2);
  await person.json("job", "new", "wgsl", `${person.home}/job`);
  const job_file = `${person.home}/job/job.yaml`;
  assertEquals((await person.json("job", "validate", job_file)).valid, true);
  await Deno.writeTextFile(job_file, "version: 1\nname: [\n");
  const refusal = await person.refusal("job", "validate", job_file);
  assertEquals([refusal.code, refusal.exit], ["invalid_job", 2]);
});

Deno.test("the schema of a job file names every field of those that job new writes", async () => {
  await using person = new Person();
  const { oneOf } = await person.json("job", "schema");
  assert(Array.isArray(oneOf));
  const byKind = new Map(oneOf.map(({ properties }) => [properties.kind.const, properties]));
  for (const kind of JOB_KINDS) {
    await person.json("job", "new", kind, `${person.home}/${kind}`);
    const template = await Deno.readTextFile(`${person.home}/${kind}/job.yaml`);
    const fields = Object.keys(byKind.get(kind));
    for (const [, field = ""] of template.matchAll(/^([a-z_]+):/gm)) {
      assert(fields.includes(field), `${kind}: ${field}`);
    }
  }
});
