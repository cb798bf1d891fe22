import { assert, assertEquals, assertMatch } from "@std/assert";
import { parseDocument } from "../e2e/binary.ts";
import { difference } from "../onnx/cases.ts";
import { Person } from "./person.ts";
import { GPU_ID, rentedTest } from "./rented.ts";

const BAD = new URL("../onnx/bad/", import.meta.url).pathname;

/** Writes the example into the person's home, its job file changed; the path of that file. */
async function writeModel(
  person: Person,
  change: (text: string) => string = (text) => text,
): Promise<string> {
  const folder = `${person.home}/model`;
  await person.json("job", "new", "onnx", folder);
  const job_file = `${folder}/job.yaml`;
  await Deno.writeTextFile(job_file, change(await Deno.readTextFile(job_file)));
  return job_file;
}

for (const execution of ["auto", "webgpu", "wasm"]) {
  rentedTest(`the example of a model runs unchanged on ${execution}`, async (person) => {
    const job_file = await writeModel(
      person,
      (text) => text.replace("execution: auto", `execution: ${execution}`),
    );
    const out = `${person.home}/results`;
    const submit = ["submit-job", GPU_ID, "--job", job_file, "--out", out, "--json"];
    const { code, stdout, stderr } = await person.run(submit);
    assertEquals(code, 0, stderr);
    const made = await Deno.readFile(`${out}/y.npy`);
    assertEquals(difference(made, await Deno.readFile(`${person.home}/model/expected.npy`)), null);
    const { job_id } = Object(parseDocument(stdout)["job"]);
    const logs = JSON.stringify(await person.json("job", "logs", job_id));
    assertMatch(
      logs,
      new RegExp(`succeeded in .* on ${execution === "auto" ? "\\w+" : execution}`),
    );
  });
}

for (
  const [name, file, why] of [
    ["that has an operator that nobody knows", "unknown_operator.onnx", /operator/],
    ["that is no ONNX file", "../cases/README.md", /ONNX/],
  ] as const
) {
  rentedTest(`a model ${name} fails for its renter, and says why`, async (person) => {
    const job_file = await writeModel(person);
    await Deno.copyFile(BAD + file, `${person.home}/model/model.onnx`);
    const submit = ["submit-job", GPU_ID, "--job", job_file, "--wait", "--json"];
    const { code, stdout, stderr } = await person.run(submit);
    assertEquals(code, 100, stderr);
    const { job_id, reason, side } = Object(parseDocument(stdout)["job"]);
    assertEquals([reason, side], ["model_error", "renter"]);
    assertMatch(JSON.stringify(await person.json("job", "logs", job_id)), why);
  });
}

Deno.test("a model's job that can't fit together is refused before anything is sent", async () => {
  const edits = [
    [(text: string) => text.replace("[y.npy]", "[]"), /names no tensor/],
    [(text: string) => text.replace("[y.npy]", "[y.npy, y.npy]"), /one of them twice/],
    [(text: string) => text.replace("x: x.npy", "x: model.onnx"), /is no \.npy file/],
    [(text: string) => text.replace("model: model.onnx", "model: gone.onnx"), /is not there/],
    [(text: string) => text.replace("batch: 32", "tensors: {z: {name: q}}"), /neither an input/],
    [(text: string) => text.replace("batch: 32", "batch: 0"), /onnx\.batch/],
    [(text: string) => text.replace("execution: auto", "execution: cuda"), /onnx\.execution/],
    [
      (text: string) => text.replace("kind: onnx", "kind: wgsl"),
      /is of kind wgsl, and has the part "onnx"/,
    ],
  ] as const;
  for (const [change, why] of edits) {
    await using person = new Person();
    const refusal = await person.refusal("job", "validate", await writeModel(person, change));
    assertEquals([refusal.code, refusal.exit], ["invalid_job", 2]);
    assertMatch(refusal.message, why);
  }
});

Deno.test("a quote refuses a model, which has no passes to sample", async () => {
  await using person = new Person();
  const refusal = await person.refusal("quote", "--job", await writeModel(person));
  assertEquals(refusal.code, "invalid_job");
  assert(refusal.message.includes("only a shader can be sampled"));
});
