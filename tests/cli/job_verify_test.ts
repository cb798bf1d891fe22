import { assertEquals, assertMatch } from "@std/assert";
import { canonicalBytes } from "../../src/base/json.ts";
import { decodeNpy, encodeNpy } from "../../src/base/npy.ts";
import { compareOutputs, widestTolerance } from "../../src/cli/replay/compare_outputs.ts";
import type { JobBundle, NamedBlob } from "../../src/protocol/job.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
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

rentedTest("outputs that are cut or no arrays differ as a whole", async (person) => {
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

rentedTest("a job that has no result yet, or never will, isn't verified", async (person) => {
  const folder = `${person.home}/wgsl`;
  await person.json("job", "new", "wgsl", folder);
  const { job } = await person.json("submit-job", GPU_ID, "--job", `${folder}/job.yaml`);
  const { job_id } = Object(job);
  assertEquals((await person.refusal("job", "verify", job_id)).code, "job_unfinished");
  await person.json("cancel-job", job_id);
  assertEquals((await person.refusal("job", "verify", job_id)).code, "job_cancelled");
});

const TRAINED = `version: 1
name: sums
kind: module
module: { source: sums.js }
outputs: [same.npy, lots]
`;
/** An output that is the same each time, and one that never is. */
const SUMS = `export default ({ output }) => {
  output("lots", crypto.getRandomValues(new Uint8Array(32)));
  const text = "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }";
  const head = text.padEnd(117) + "\\n";
  output("same.npy", Uint8Array.from([147, ...[..."NUMPY"].map((c) => c.charCodeAt(0)), 1, 0, 118, 0,
    ...[...head].map((c) => c.charCodeAt(0)), 7, 9]));
};
`;

rentedTest("a module is compared, and the feed says nothing of it", async (person) => {
  await Deno.writeTextFile(`${person.home}/sums.yaml`, TRAINED);
  await Deno.writeTextFile(`${person.home}/sums.js`, SUMS);
  const submit = ["submit-job", GPU_ID, "--job", `${person.home}/sums.yaml`];
  const { job } = await person.json(...submit, "--out", `${person.home}/sums`);
  const { job_id } = Object(job);
  const { code, stdout } = await person.run(["job", "verify", job_id]);
  assertEquals(code, 104);
  assertMatch(stdout, /same\.npy +uint8 +2 +0 +0/);
  assertMatch(stdout, /lots +uint8 +\d+ +0 +\d\d/);
  assertMatch(stdout, /the feed says nothing of it/);
  assertEquals((await person.json("status", job_id)).statements, []);
});

Deno.test("tolerances are numbers from 0 to 1", async () => {
  await using person = new Person();
  for (const value of ["-1", "2", "NaN", "1e", "", "0x1"]) {
    const refusal = await person.refusal("job", "verify", "job_1", `--absolute=${value}`);
    assertEquals(refusal.code, "invalid_input", value);
  }
});

/** A shader's job with an output of each type, all of one binding each. */
const TYPED: JobBundle = {
  kind: "wgsl",
  salt: "0".repeat(64),
  name: "typed",
  inputs: {},
  outputs: ["plain", "single", "half"],
  wgsl: {
    shader: "none",
    entry: "main",
    dispatch: [1, 1, 1],
    repeat: 1,
    bindings: [
      { group: 0, binding: 0, type: "storage", size_bytes: 4, output: "plain" },
      { group: 0, binding: 1, type: "storage", size_bytes: 4, output: "single", dtype: "f32" },
      { group: 0, binding: 2, type: "storage", size_bytes: 4, output: "half", dtype: "f16" },
    ],
  },
};

/** Its outputs, all of them 1, but for a factor on the floats. */
function typedOutputs(factor: number): Map<string, Uint8Array<ArrayBuffer>> {
  const bytes = (array: { buffer: ArrayBuffer }) => new Uint8Array(array.buffer);
  return new Map([
    ["plain", bytes(new Uint32Array([1]))],
    ["single", bytes(new Float32Array([factor]))],
    ["half", bytes(new Float16Array([factor, factor]))],
  ]);
}

Deno.test("each output is held to the tolerance of its own type, whatever is beside it", () => {
  const counts = (factor: number, wanted = {}) =>
    compareOutputs(TYPED, typedOutputs(factor), typedOutputs(1), wanted).map((output) => [
      output.exact,
      output.tolerant,
      output.differing,
    ]);
  assertEquals(counts(1), [[1, 0, 0], [1, 0, 0], [2, 0, 0]]);
  assertEquals(counts(1.005), [[1, 0, 0], [0, 0, 1], [0, 2, 0]]);
  assertEquals(counts(1.00005), [[1, 0, 0], [0, 1, 0], [2, 0, 0]]);
  assertEquals(counts(1.005, { relative: 0.01 }), [[1, 0, 0], [0, 1, 0], [0, 2, 0]]);
  assertEquals(counts(1.005, { relative: 0, absolute: 0 }), [[1, 0, 0], [0, 0, 1], [0, 0, 2]]);
  const compared = compareOutputs(TYPED, typedOutputs(1), typedOutputs(1));
  assertEquals(widestTolerance(compared), { absolute: 1e-3, relative: 1e-2 });
  assertEquals(compared[0]?.tolerance, { absolute: 0, relative: 0 });
});

Deno.test("an output that either side lacks differs as a whole", () => {
  const whole = typedOutputs(1);
  const lacking = new Map([...whole].filter(([name]) => name !== "single"));
  for (const [was, is, why] of [[lacking, whole, /result/], [whole, lacking, /replay/]] as const) {
    const [plain, single] = compareOutputs(TYPED, was, is);
    assertEquals([plain?.differing, single?.differing], [0, 1]);
    assertMatch(single?.problem ?? "", why);
  }
});

rentedTest("an archived job is compared, and the feed says nothing of it", async (person) => {
  const job_id = await runExample(person, "wgsl");
  const later = {
    now: () => Date.now() + LIMITS.archive_after_ms + 2 * 3_600_000,
    monotonic: () => performance.now(),
  };
  const { code, stdout, stderr } = await person.run(["job", "verify", job_id], { clock: later });
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /The registry has archived the job, so the feed says nothing of it/);
});
