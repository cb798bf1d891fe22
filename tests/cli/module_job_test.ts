import { assert, assertEquals, assertMatch } from "@std/assert";
import { delimiter } from "node:path";
import { parseDocument } from "../e2e/binary.ts";
import { Person } from "./person.ts";
import { GPU_ID, rentedTest } from "./rented.ts";

/** Writes the training example into the person's home, its job file changed; the path of that file. */
async function writeTraining(
  person: Person,
  change: (text: string) => string = (text) => text,
): Promise<string> {
  const folder = `${person.home}/training`;
  await person.json("job", "new", "train", folder);
  const job_file = `${folder}/job.yaml`;
  await Deno.writeTextFile(job_file, change(await Deno.readTextFile(job_file)));
  return job_file;
}

rentedTest("the example of a training runs, and its figures are drawn", async (person) => {
  // A few of its steps: the whole of it is trained on the compiled binary.
  const job_file = await writeTraining(
    person,
    (text) =>
      text.replace("steps: 600", "steps: 30").replace("report_every: 25", "report_every: 5"),
  );
  const out = `${person.home}/made`;
  const submit = ["submit-job", GPU_ID, "--job", job_file, "--out", out, "--json"];
  const { code, stdout, stderr } = await person.run(submit);
  assertEquals(code, 0, stderr);
  const weights = await Deno.readFile(`${out}/weights.npy`);
  // Two layers of 32 and one of 1, each with its biases.
  assertEquals(weights.length, 128 + 4 * (2 * 32 + 32 + 32 * 32 + 32 + 32 + 1));
  const { job_id } = Object(parseDocument(stdout)["job"]);
  const drawn = await person.run(["status", job_id, "--plot"]);
  assertMatch(drawn.stdout, /loss[\s\S]*accuracy/);
  const { checkpoint } = await person.json("status", job_id);
  assertMatch(String(checkpoint), /^[0-9a-f]{64}$/);
});

Deno.test("the example of a training is valid, and so is its other name", async () => {
  await using person = new Person();
  const training = await person.json("job", "validate", await writeTraining(person));
  assertEquals([training.kind, training.outputs], ["module", ["weights.npy"]]);
  const folder = `${person.home}/module`;
  await person.json("job", "new", "module", folder);
  assertEquals((await person.json("job", "validate", `${folder}/job.yaml`)).name, training.name);
});

const BAD: [what: string, from: string | RegExp, to: string, message: RegExp][] = [
  ["whose source is TypeScript", "source: train.js", "source: train.ts", /TypeScript.*JavaScript/],
  ["whose source is elsewhere", "source: train.js", "source: ../train.js", /module.source/],
  ["whose source is missing", "source: train.js", "source: other.js", /module.source/],
  ["whose source is no text", "source: train.js", "source: x.npy", /UTF-8|control character/],
  ["without a source", "source: train.js", "other: 1", /source/],
  ["with an argument that isn't JSON", "seed: 1", "seed: .nan", /args.*NaN/],
  ["with arguments without end", "seed: 1", `seed: ${"[".repeat(40)}${"]".repeat(40)}`, /nested/],
  ["with a metric of the progress's name", "[loss, accuracy]", "[done]", /metrics.*done/],
  ["with a metric twice", "[loss, accuracy]", "[loss, loss]", /metrics.*twice/],
  ["with nine metrics", "[loss, accuracy]", "[a, b, c, d, e, f, g, h, i]", /metrics/],
  ["with an output named as a path", "[weights.npy]", "[../weights.npy]", /outputs/],
  [
    "with a checkpoint beyond all limits",
    "checkpoint_mb: 1",
    "checkpoint_mb: 257",
    /checkpoint_mb/,
  ],
  ["with texts that have no name", "inputs:", "env: { '': x }\ninputs:", /env/],
  ["with a shader as well", "inputs:", "wgsl: {}\ninputs:", /the part "wgsl" of another kind/],
];
for (const [what, from, to, message] of BAD) {
  Deno.test(`a module's job ${what} is refused before anything is sent`, async () => {
    await using person = new Person();
    const job_file = await writeTraining(person, (text) => text.replace(from, to));
    const refusal = await person.refusal("job", "validate", job_file);
    assertMatch(refusal.message, message);
    assert(["invalid_job", "not_found"].includes(refusal.code), refusal.code);
  });
}

/** A person with a bundler on their PATH: the Deno that runs this test. */
async function withBundler(person: Person): Promise<{ PATH: string }> {
  await Deno.symlink(Deno.execPath(), `${person.home}/deno`);
  return { PATH: ["/nowhere", person.home].join(delimiter) };
}

Deno.test("job bundle makes one module of TypeScript in two files, and makes it anew", async () => {
  await using person = new Person();
  const env = await withBundler(person);
  const entry = `${person.home}/train.ts`;
  await Deno.writeTextFile(`${person.home}/rate.ts`, "export const rate: number = 3;\n");
  await Deno.writeTextFile(
    entry,
    `import { rate } from "./rate.ts";
interface Context { log(text: string): void }
export default ({ log }: Context) => log("rate " + rate);\n`,
  );
  const out = `${person.home}/train.js`;
  for (let times = 0; times < 2; times++) {
    const { code, stderr } = await person.run(["job", "bundle", entry, "--out", out], { env });
    assertEquals(code, 0, stderr);
  }
  const source = await Deno.readTextFile(out);
  const { default: main } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  const log: string[] = [];
  main({ log: (text: string) => log.push(text) });
  assertEquals(log, ["rate 3"]);
});

Deno.test("job bundle says what is wrong, and writes over no file of yours", async () => {
  await using person = new Person();
  const env = await withBundler(person);
  const run = (...words: string[]) => person.run(["job", "bundle", ...words], { env });
  const [broken, mine] = [`${person.home}/broken.ts`, `${person.home}/mine.js`];
  await Deno.writeTextFile(broken, 'import "./missing.ts";\n');
  await Deno.writeTextFile(mine, "export default 1;\n");
  const failed = await run(broken);
  assertEquals(failed.code, 2);
  assertMatch(failed.stderr, /deno can't bundle[\s\S]*missing\.ts/);
  assertMatch((await run(mine, "--out", mine)).stderr, /already there, and is no bundle/);
  assertEquals(await Deno.readTextFile(mine), "export default 1;\n");
  assertMatch((await run(`${person.home}/none.ts`)).stderr, /There is no file/);
});

Deno.test("job bundle without a bundler says how", async () => {
  await using person = new Person();
  const entry = `${person.home}/train.ts`;
  await Deno.writeTextFile(entry, "export default () => {};\n");
  const refusal = await person.refusal("job", "bundle", entry);
  assertEquals([refusal.code, refusal.exit], ["not_found", 4]);
  assertMatch(
    refusal.fix,
    /npx -y esbuild .*train\.ts --bundle --format=esm --outfile=.*train\.bundle\.js/,
  );
});
