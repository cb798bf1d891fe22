import { assertEquals, assertMatch } from "@std/assert";
import { canonicalBytes } from "../../src/base/json.ts";
import { decodeNpy, encodeNpy } from "../../src/base/npy.ts";
import type { NamedBlob } from "../../src/protocol/job.ts";
import { Person } from "./person.ts";
import { GPU_ID, rentedTest } from "./rented.ts";

/** Writes an example of a job and runs it; its id. */
async function runExample(person: Person, kind: "wgsl" | "onnx"): Promise<string> {
  const folder = `${person.home}/${kind}`;
  await person.json("job", "new", kind, folder);
  const submit = ["submit-job", GPU_ID, "--job", `${folder}/job.yaml`];
  const { job } = await person.json(...submit, "--out", `${person.home}/${kind}-made`);
  return String(Object(job).job_id);
}

/**
 * Submits an example, and answers for it as a provider that computes nothing: with these outputs. Its
 * owner signs, so the registry takes it.
 */
async function answerWith(
  person: Person,
  kind: "wgsl" | "onnx",
  outputs: Record<string, Uint8Array<ArrayBuffer>>,
): Promise<string> {
  const submit = ["submit-job", GPU_ID, "--job", `${person.home}/${kind}/job.yaml`];
  const job_id = String(Object((await person.json(...submit)).job).job_id);
  await person.asClient(async (client) => {
    await client.submit("job.claim", { job_id });
    await client.submit("job.start", { job_id, attempt: 1 });
    const named: Record<string, NamedBlob> = {};
    for (const [name, bytes] of Object.entries(outputs)) {
      const { sha256, size_bytes } = await client.blobs.putBytes(bytes);
      named[name] = { sha256, size_bytes };
    }
    const manifest = { salt: "0".repeat(64), outputs: named, elapsed_ms: 1 };
    const { sha256: result } = await client.blobs.putBytes(canonicalBytes(manifest));
    const finish = { outcome: "succeeded", reason: "done", side: null } as const;
    await client.submit("job.finish", { job_id, attempt: 1, ...finish, result });
  });
  return job_id;
}

rentedTest("a shader's job agrees with a replay here, and the feed says so", async (person) => {
  const job_id = await runExample(person, "wgsl");
  const found = await person.json("job", "verify", job_id);
  assertEquals([found.agrees, found.on, found.gpu_id], [true, "local", null]);
  assertEquals(found.tolerance, { absolute: 0, relative: 0 });
  const { statements } = await person.json("status", job_id);
  assertMatch(JSON.stringify(statements), /"agrees":true,"on":"local","gpu_id":null/);
  assertMatch(
    (await person.run(["status", job_id])).stdout,
    /replayed .*agrees on their own machine/,
  );
});

rentedTest("a model's job agrees with a replay on another GPU that is leased", async (person) => {
  const job_id = await runExample(person, "onnx");
  const ask = ["--gpu-type", "auto", "--price", "0.30"];
  await person.json("register-gpu", "--gpu-id", "second", ...ask);
  const unleased = await person.refusal("job", "verify", job_id, "--on", "second");
  assertEquals(unleased.code, "lease_not_found");
  await person.json("rent", "second", "--duration", "1", "--yes");
  const found = await person.json("job", "verify", job_id, "--on", "second");
  assertEquals([found.agrees, found.on, found.gpu_id], [true, "gpu", "second"]);
  assertMatch(String(found.replay), /^job_/);
  assertEquals(found.tolerance, { absolute: 1e-5, relative: 1e-4 });
  const same = await person.refusal("job", "verify", job_id, "--on", GPU_ID);
  assertMatch(same.message, /ran on laptop itself/);
});

rentedTest("a provider that changes one number of a shader's output is caught", async (person) => {
  await runExample(person, "wgsl");
  const honest = await Deno.readFile(`${person.home}/wgsl-made/c`);
  const forged = honest.slice();
  forged[4 * 77] = (forged[4 * 77] ?? 0) ^ 1;
  const job_id = await answerWith(person, "wgsl", { c: forged });
  const { code, stdout } = await person.run(["job", "verify", job_id]);
  assertEquals(code, 104);
  assertMatch(stdout, /c +uint32 +16383 +0 +1 +\[77\] \d+, was \d+/);
  assertMatch(stdout, /DIFFERS on this machine/);
  assertMatch((await person.run(["status", job_id])).stdout, /replayed .*DIFFERS/);
});

rentedTest("outputs that are missing, cut or no arrays differ as a whole", async (person) => {
  await runExample(person, "wgsl");
  await runExample(person, "onnx");
  const c = await Deno.readFile(`${person.home}/wgsl-made/c`);
  const y = await Deno.readFile(`${person.home}/onnx-made/y.npy`);
  const { dtype, shape, data } = decodeNpy(y, "y");
  const folded = encodeNpy({ dtype, shape: [...shape].reverse(), data });
  const cases = [
    [
      "wgsl",
      { c: c.subarray(0, 400) },
      /the replay made uint32 \[16384\] instead of uint32 \[100\]/,
    ],
    ["wgsl", { c: c.subarray(0, 5) }, /in the job's result, it has 5 bytes/],
    ["wgsl", {}, /in the job's result, it is missing/],
    ["onnx", { "y.npy": c }, /in the job's result, it is no \.npy file/],
    ["onnx", { "y.npy": folded }, /instead of float32 \[3, 64\]/],
  ] as const;
  for (const [kind, outputs, why] of cases) {
    const job_id = await answerWith(person, kind, { ...outputs });
    const { code, stdout, stderr } = await person.run(["job", "verify", job_id]);
    assertEquals(code, 104, stderr);
    assertMatch(stdout, why);
  }
});

rentedTest("a job that has no result yet, or that is a module, isn't verified", async (person) => {
  const folder = `${person.home}/wgsl`;
  await person.json("job", "new", "wgsl", folder);
  const { job } = await person.json("submit-job", GPU_ID, "--job", `${folder}/job.yaml`);
  const { job_id } = Object(job);
  assertEquals((await person.refusal("job", "verify", job_id)).code, "job_unfinished");
  await person.json("cancel-job", job_id);
  assertEquals((await person.refusal("job", "verify", job_id)).code, "job_cancelled");
  await person.json("job", "new", "train", `${person.home}/train`);
  const training = await person.json(
    ...["submit-job", GPU_ID, "--job", `${person.home}/train/job.yaml`],
  );
  const module = await person.refusal("job", "verify", Object(training.job).job_id);
  assertEquals(module.code, "invalid_job");
  assertMatch(module.message, /is a module/);
});

Deno.test("tolerances are numbers from 0 to 1", async () => {
  await using person = new Person();
  for (const value of ["-1", "2", "NaN", "1e", "", "0x1"]) {
    const refusal = await person.refusal("job", "verify", "job_1", `--absolute=${value}`);
    assertEquals(refusal.code, "invalid_input", value);
  }
});
