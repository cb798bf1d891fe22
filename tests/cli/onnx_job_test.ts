import { assert, assertEquals, assertMatch } from "@std/assert";
import { decodeNpy } from "../../src/base/npy.ts";
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

/** The example's input in another form beside it; the path of the changed job file. */
async function writeOtherInput(person: Person, form: "json" | "raw"): Promise<string> {
  const job_file = await writeModel(
    person,
    (text) =>
      form === "json"
        ? text.replace("x: x.npy", "x: x.json")
        : text.replace("x: x.npy", "x: x.bin").replace(
          "batch: 32",
          "batch: 32\n  tensors: {x: {dtype: float32, shape: [64, 4]}}",
        ),
  );
  const { data } = decodeNpy(await Deno.readFile(`${person.home}/model/x.npy`), "x");
  if (form === "raw") await Deno.writeFile(`${person.home}/model/x.bin`, data);
  else {
    const numbers = new Float32Array(data.slice().buffer);
    const rows = Array.from({ length: 64 }, (_, i) => [...numbers.subarray(4 * i, 4 * i + 4)]);
    await Deno.writeTextFile(`${person.home}/model/x.json`, JSON.stringify(rows));
  }
  return job_file;
}

for (const form of ["json", "raw"] as const) {
  rentedTest(`a model takes its input as ${form}, and gives the same`, async (person) => {
    const job_file = await writeOtherInput(person, form);
    const out = `${person.home}/results`;
    await person.json("submit-job", GPU_ID, "--job", job_file, "--out", out);
    const made = await Deno.readFile(`${out}/y.npy`);
    assertEquals(difference(made, await Deno.readFile(`${person.home}/model/expected.npy`)), null);
  });
}

for (
  const [form, from, to, why] of [
    ["raw", "[64, 4]", "[64, 5]", /has 1024 bytes; float32 of shape \[64, 5\] takes 1280/],
    ["raw", ", shape: [64, 4]", "", /neither \.npy nor \.json/],
    ["raw", "float32", "float31", /dtype/],
    ["json", "batch: 32", "tensors: {x: {shape: [7]}}", /has 256 elements; shape \[7\] has 7/],
    ["json", "batch: 32", "tensors: {x: {dtype: int64}}", /at \[0,0\], which is no int64/],
  ] as const
) {
  Deno.test(`an input as ${form} that isn't what the job says is refused: ${to}`, async () => {
    await using person = new Person();
    const job_file = await writeOtherInput(person, form);
    const text = await Deno.readTextFile(job_file);
    await Deno.writeTextFile(job_file, text.replace(from, to));
    const refusal = await person.refusal("job", "validate", job_file);
    assertEquals([refusal.code, refusal.exit], ["invalid_job", 2]);
    assertMatch(refusal.message, why);
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
    [(text: string) => text.replace("x: x.npy", "x: model.onnx"), /is neither \.npy nor \.json/],
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
