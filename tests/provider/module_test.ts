import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { jailSupport, runJailed } from "../../src/provider/jail.ts";
import { adapterTest } from "../adapter_test_case.ts";
import { moduleJob } from "./module_job.ts";

/** Modules in the jail, from source: what they are called with, and each way in which they fail. */
function test(name: string, fn: () => Promise<void>): void {
  const { complete, missing } = jailSupport();
  if (complete) adapterTest(name, fn);
  else {Deno.test(
      `${name} (skipped, no complete jail: ${missing.join("; ")})`,
      { ignore: true },
      fn,
    );}
}

type More = Parameters<typeof moduleJob>[1];

/** Runs a module whose default export has this body; what it said comes along. */
async function run(body: string, more: More = {}) {
  return await runSource(`export default async (ctx) => {${body}};`, more);
}

async function runSource(source: string, more: More = {}) {
  const log: string[] = [];
  const progress: unknown[] = [];
  const checkpoints: Uint8Array[] = [];
  const outcome = await runJailed(moduleJob(source, more), {
    onLog: (line) => log.push(line),
    onProgress: (done, total, metrics) => progress.push([done, total, metrics ?? null]),
    onCheckpoint: (bytes) => checkpoints.push(bytes),
  });
  return { ...outcome, log, progress, checkpoints };
}

test("a module gets its inputs, arguments and texts, and its output arrives", async () => {
  const made = await run(
    // Written so, the libraries' names aren't words of the source.
    `ctx.log(JSON.stringify([ctx.args, ctx.env, ctx.resumed, ctx["j" + "ax"], ctx["o" + "rt"]]));
     ctx.log([ctx.device instanceof GPUDevice, ctx.adapter instanceof GPUAdapter].join());
     ctx.progress(0.5); ctx.progress(1, { loss: 0.25 });
     ctx.output("y", ctx.inputs.get("x").map((byte) => byte + 1));`,
    {
      args: { steps: [1, { deep: null }] },
      inputs: new Map([["x", Uint8Array.of(1, 2, 3)]]),
      outputs: ["y"],
      metrics: ["loss"],
    },
  );
  assertEquals([made.reason, made.message], ["done", ""]);
  assertEquals(made.log, ['[{"steps":[1,{"deep":null}]},{},null,null,null]', "true,true"]);
  assertEquals(made.progress, [[0.5, 1, null], [1, 1, { loss: 0.25 }]]);
  assertEquals(made.outputs[0]?.bytes, Uint8Array.of(2, 3, 4));
});

test("a module computes on the job's GPU", async () => {
  const made = await run(
    `const { device } = ctx;
     const module = device.createShaderModule({ code: ctx.args });
     const pipeline = device.createComputePipeline({ layout: "auto", compute: { module } });
     const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC;
     const buffer = device.createBuffer({ size: 16, usage });
     const read = device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
     const encoder = device.createCommandEncoder();
     const pass = encoder.beginComputePass();
     pass.setPipeline(pipeline);
     pass.setBindGroup(0, device.createBindGroup({
       layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer } }] }));
     pass.dispatchWorkgroups(4);
     pass.end();
     encoder.copyBufferToBuffer(buffer, 0, read, 0, 16);
     device.queue.submit([encoder.finish()]);
     await read.mapAsync(GPUMapMode.READ);
     ctx.output("y", read.getMappedRange());`,
    {
      args: `@group(0) @binding(0) var<storage, read_write> y: array<u32>;
        @compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3u) {
          y[id.x] = id.x * id.x;
        }`,
      outputs: ["y"],
    },
  );
  assertEquals([made.reason, made.message], ["done", ""]);
  const words = new Uint32Array(made.outputs[0]?.bytes.slice().buffer ?? new ArrayBuffer());
  assertEquals([...words], [0, 1, 4, 9]);
});

test("jax-js differentiates on the job's device, and its words are all that load it", async () => {
  const made = await run(
    `const { numpy: np, grad, defaultDevice } = ctx.jax;
     const slope = grad((x) => np.sum(x.ref.mul(x)));
     ctx.log(defaultDevice() + " " + [...await slope(np.array([1, 2, 3])).data()]);`,
    { limits: { time_s: 60, memory_mb: 1024, vram_mb: 64, output_mb: 1 } },
  );
  assertEquals([made.reason, made.message], ["done", ""]);
  assertMatch(made.log.join(), /^(webgpu|wasm) 2,4,6$/);
});

test("onnxruntime runs a model in a loop of the module's", async () => {
  const model = await Deno.readFile(new URL("../onnx/network/model.onnx", import.meta.url));
  const made = await run(
    `const session = await ctx.ort.InferenceSession.create(ctx.inputs.get("model"));
     const image = new ctx.ort.Tensor("float32", new Float32Array(3 * 1 * 16 * 16), [3, 1, 16, 16]);
     ctx.log(session.inputNames.join() + " to " + session.outputNames.join());`,
    {
      inputs: new Map([["model", model]]),
      limits: { time_s: 60, memory_mb: 2048, vram_mb: 256, output_mb: 1 },
    },
  );
  assertEquals([made.reason, made.message], ["done", ""]);
  assertMatch(made.log.join(), /^image to /);
});

test("a checkpoint comes out whole, is skipped within the second, and comes back", async () => {
  const large = 3 * 1024 * 1024 + 5;
  const made = await run(
    `const bytes = new Uint8Array(${large}).fill(7);
     const taken = [await ctx.checkpoint(bytes), await ctx.checkpoint(new Uint8Array(1))];
     ctx.log(taken.join());`,
    { limits: { time_s: 30, memory_mb: 256, vram_mb: 64, output_mb: 1, checkpoint_mb: 4 } },
  );
  assertEquals([made.reason, made.log], ["done", ["true,false"]]);
  assertEquals(made.checkpoints, [new Uint8Array(large).fill(7)]);
  const [resume] = made.checkpoints;
  assert(resume !== undefined);
  const again = await run(`ctx.log([ctx.resumed.length, ctx.resumed.at(-1)])`, {
    resume: new Uint8Array(resume),
  });
  assertEquals([again.reason, again.log], ["done", [`${large},7`]]);
});

const FAILURES: [what: string, source: string, reason: string, message: RegExp, more?: More][] = [
  ["has a syntax error", "export default () => {\n  let = ;\n};", "module_error", /line 2, column/],
  ["has no default export", "export const run = 1;", "module_error", /exports no default function/],
  ["exports no function", "export default 7;", "module_error", /exports no default function/],
  ["is TypeScript", "export default (x: number) => x;", "module_error", /horizon job bundle/],
  ["imports a file", 'import "./other.js"; export default () => {};', "module_error", /one self-c/],
  [
    "imports from the network",
    'import "https://localhost/x.js";',
    "module_error",
    /one self-conta/,
  ],
  [
    "throws",
    'export default () => {\n\n  throw new Error("mine");\n};',
    "module_error",
    /mine.*line 3/,
  ],
  ["throws while it is imported", 'throw new TypeError("early");', "module_error", /early/],
  [
    "throws what is no error",
    "export default () => { throw 7; };",
    "module_error",
    /it threw 7, which/,
  ],
  ["throws nothing", "export default () => { throw null; };", "module_error", /it threw null/],
  [
    "throws what throws when it is looked at",
    `export default () => { throw new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 1; } }); };`,
    "module_error",
    /module failed/,
  ],
  [
    "throws in a timer",
    `export default () => new Promise(() => setTimeout(() => { throw new Error("late"); }, 1));`,
    "module_error",
    /late/,
  ],
  [
    "leaves a rejection to nobody",
    `export default () => { Promise.reject(new Error("loose")); return new Promise(() => {}); };`,
    "module_error",
    /loose/,
  ],
  [
    "waits for what never comes",
    "export default () => new Promise(() => {});",
    "module_error",
    /nothing can settle/,
  ],
  [
    "never ends",
    "export default () => { for (;;); };",
    "time_limit",
    /whole 1 seconds/,
    { limits: { time_s: 1, memory_mb: 64, vram_mb: 64, output_mb: 1 } },
  ],
  [
    "reports progress above 1",
    "export default ({ progress }) => progress(1.5);",
    "module_error",
    /progress is a fraction from 0 to 1, not 1.5/,
  ],
  [
    "reports progress that is NaN",
    "export default ({ progress }) => progress(NaN);",
    "module_error",
    /not NaN/,
  ],
  [
    "reports a figure that it didn't name",
    `export default ({ progress }) => progress(0, { loss: 1, acuracy: 1 });`,
    "module_error",
    /declares no metric "acuracy" \(metrics: loss\)/,
    { metrics: ["loss"] },
  ],
  [
    "reports an infinite figure",
    `export default ({ progress }) => progress(0, { loss: 1 / 0 });`,
    "module_error",
    /"loss" is Infinity/,
    { metrics: ["loss"] },
  ],
  [
    "makes an output that wasn't declared",
    `export default ({ output }) => output("z", new Uint8Array(1));`,
    "module_error",
    /declares no output "z" \(outputs: y\)/,
    { outputs: ["y"] },
  ],
  [
    "makes an output named as a path",
    `export default ({ output }) => output("../y", new Uint8Array(1));`,
    "module_error",
    /declares no output/,
    { outputs: ["y"] },
  ],
  [
    "makes an output twice",
    `export default ({ output }) => { output("y", new Uint8Array(1)); output("y", new Uint8Array(1)); };`,
    "module_error",
    /handed over before/,
    { outputs: ["y"] },
  ],
  [
    "makes an output of text",
    `export default ({ output }) => output("y", "text");`,
    "module_error",
    /must be bytes/,
    { outputs: ["y"] },
  ],
  [
    "makes none of its outputs",
    "export default () => {};",
    "invalid_output",
    /output "y" is missing/,
    { outputs: ["y"] },
  ],
  [
    "makes outputs beyond their limit",
    `export default ({ output }) => output("y", new Uint8Array(2 ** 20 + 1));`,
    "output_limit",
    /exceed 1 MB/,
    { outputs: ["y"] },
  ],
  [
    "keeps a checkpoint beyond its limit",
    `export default async ({ checkpoint }) => { await checkpoint(new Uint8Array(2 ** 20 + 1)); };`,
    "checkpoint_limit",
    /limits.checkpoint_mb, 1/,
    { limits: { time_s: 30, memory_mb: 64, vram_mb: 64, output_mb: 1, checkpoint_mb: 1 } },
  ],
  [
    "needs more memory than it may have",
    `export default () => { const all = []; for (;;) all.push(new Uint8Array(2 ** 24).fill(1)); };`,
    "memory_limit",
    /memory/,
  ],
];
for (const [what, source, reason, message, more] of FAILURES) {
  test(`a module that ${what} fails on its renter's side, and says why`, async () => {
    const made = await runSource(source, more);
    assertEquals([made.reason, made.side, made.outputs], [reason, "renter", []], made.message);
    assertMatch(made.message, message);
  });
}

test("a module may catch what the context refuses, and go on", async () => {
  const made = await run(
    `for (const act of [() => ctx.progress(2), () => ctx.output("../y", new Uint8Array(1))]) {
       try { act(); } catch (error) { ctx.log(error.name); }
     }
     await ctx.checkpoint("text").catch((error) => ctx.log(error.name));
     ctx.output("y", new Float32Array([1]));`,
    { outputs: ["y"] },
  );
  assertEquals([made.reason, made.log], ["done", ["RangeError", "RangeError", "TypeError"]]);
});

test("lines of a log are cut one by one, and a module's prints are among them", async () => {
  const made = await run(
    `ctx.log("a\\nb"); console.error({ c: 1 }, "d"); ctx.log("e".repeat(1e6))`,
  );
  assertEquals(made.reason, "done");
  assertEquals(made.log.slice(0, 3), ["a", "b", "{ c: 1 } d"]);
  assertStringIncludes(made.log[3] ?? "", "eee");
  assert((made.log[3]?.length ?? 0) <= 4096);
});
