import { assertEquals, assertLess, assertMatch } from "@std/assert";
import type { JailedJob } from "../../src/provider/jail_run.ts";
import { encodeFrame } from "../../src/runtime/frames.ts";
import { CHECKPOINT, FROM_JOB } from "../../src/runtime/messages.ts";
import { moduleJob } from "../provider/module_job.ts";
import { jailed } from "./hostile_payload.ts";

/**
 * The doors that a training opens, on the compiled binary: checkpoints, figures, and the libraries
 * that it is given. Each payload writes past the runtime's own checks, or uses a library against it.
 */
const LIMITS = { time_s: 60, memory_mb: 1024, vram_mb: 64, output_mb: 1, checkpoint_mb: 1 };
const MIB = 1024 * 1024;

/** A module with this body, of `ctx`; `more` takes the place of the job's parts. */
const moduleOf = (body: string, more: Partial<JailedJob> & { args?: unknown } = {}) =>
  moduleJob(`export default async (ctx) => {${body}};`, { limits: LIMITS, ...more });

/** A module that writes these bytes to its stdout, the last of them without end. */
function writing(frames: Uint8Array[], more: Partial<JailedJob> = {}) {
  const body = `const write = (hex) => { const bytes = Uint8Array.fromHex(hex);
      for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at)); };
    for (const hex of ctx.args) write(hex);
    for (;;) write(ctx.args.at(-1));`;
  return moduleOf(body, { ...more, args: frames.map((frame) => frame.toHex()) });
}

const piece = (size_bytes: number, offset_bytes: number, body: Uint8Array, name = CHECKPOINT) =>
  encodeFrame(FROM_JOB.checkpoint, { name, size_bytes, offset_bytes }, body);
const progress = (header: Record<string, unknown>) => encodeFrame(FROM_JOB.progress, header);
const half = new Uint8Array(MIB / 2);

const FORGERIES: [what: string, reason: string, frames: Uint8Array[], more?: Partial<JailedJob>][] =
  [
    ["a checkpoint of 1 TiB", "checkpoint_limit", [piece(2 ** 40, 0, half)]],
    ["checkpoints without end", "checkpoint_limit", [piece(MIB / 2, 0, half)]],
    ["beginnings of checkpoints without end", "checkpoint_limit", [
      piece(MIB, 0, half.subarray(1)),
    ]],
    ["empty checkpoints without end", "log_limit", [piece(0, 0, new Uint8Array())]],
    ["a piece of no checkpoint", "invalid_output", [piece(MIB, 1, half)]],
    ["a checkpoint under a path", "invalid_output", [piece(1, 0, half.subarray(0, 1), "../x")]],
    ["a checkpoint under an output's name", "invalid_output", [
      piece(1, 0, half.subarray(0, 1), "y"),
    ]],
    ["a figure that it didn't name", "invalid_output", [
      progress({ done: 0, total: 1, metrics: { acc: 1 } }),
    ]],
    ["a figure that is text", "invalid_output", [
      progress({ done: 0, total: 1, metrics: { loss: "<script>" } }),
    ]],
    ["a share below nothing", "invalid_output", [progress({ done: -1, total: 1 })]],
    ["figures without end", "log_limit", [progress({ done: 0, total: 1, metrics: { loss: 1 } })]],
  ];
for (const [what, reason, frames, more] of FORGERIES) {
  Deno.test(`a module that forges ${what} fails, on its renter's side`, async () => {
    let kept_bytes = 0;
    const outcome = await jailed(writing(frames, { metrics: ["loss"], ...more }), {
      onCheckpoint: (bytes) => kept_bytes += bytes.length,
    });
    assertEquals([outcome.reason, outcome.side], [reason, "renter"], outcome.message);
    assertLess(kept_bytes, 64 * MIB, "what a provider takes is bounded by time");
  });
}

Deno.test("a share beyond the whole, and a share of nothing, are told as they can be shown", async () => {
  const told: number[][] = [];
  const odd = [progress({ done: 9, total: 3 }), progress({ done: 0, total: 0 })].map((f) =>
    f.toHex()
  );
  const body = `for (const hex of ctx.args) Deno.stdout.writeSync(Uint8Array.fromHex(hex));`;
  const { reason } = await jailed(moduleOf(body, { args: odd }), {
    onProgress: (done, total) => told.push([done, total]),
  });
  assertEquals([reason, told], ["done", [[3, 3], [0, 0]]]);
});

/** Runs a module that uses a library, and gives what it said. */
async function said(body: string, more: Partial<JailedJob> & { args?: unknown } = {}) {
  const attempt = `const act = async () => {${body}};
    try { ctx.log("GOT " + JSON.stringify(await act())); }
    catch (error) { ctx.log("HELD " + String(error).slice(0, 300)); }`;
  const outcome = await jailed(moduleOf(attempt, more));
  assertEquals(outcome.reason, "done", outcome.message + outcome.stderr_tail);
  return outcome.log.join("\n");
}

const HELD: [what: string, body: string][] = [
  ["loads no model from a file", `return await ctx.ort.InferenceSession.create("/etc/hostname")`],
  [
    "loads no model from a URL",
    `return await ctx.ort.InferenceSession.create("http://localhost/m")`,
  ],
  [
    "loads no weights from beside a model",
    `return await ctx.ort.InferenceSession.create(new Uint8Array(8), {
       externalData: [{ path: "w", data: "/etc/passwd" }] })`,
  ],
];
for (const [what, body] of HELD) {
  Deno.test(`a module with onnxruntime ${what}`, async () => {
    assertMatch(await said(body), /^HELD /);
  });
}

Deno.test("a module can't have onnxruntime load another runtime, or start its workers", async () => {
  const model = await Deno.readFile(new URL("../onnx/network/model.onnx", import.meta.url));
  const body = `const { env, InferenceSession } = ctx.ort;
    env.wasm.wasmPaths = "http://localhost/evil/"; env.wasm.proxy = true; env.wasm.numThreads = 8;
    delete env.wasm.wasmBinary;
    const session = await InferenceSession.create(ctx.inputs.get("model"),
      { executionProviders: ["wasm"] });
    return [typeof Worker, session.inputNames.length]`;
  const limits = { ...LIMITS, memory_mb: 2048 };
  const line = await said(body, { inputs: new Map([["model", model]]), limits });
  assertMatch(line, /^HELD .*NotCapable/);
});

Deno.test("a module with jax-js takes no more GPU memory than it may", async () => {
  const line = await said(`const held = [];
    for (let i = 0; i < 8; i++) {
      const x = ctx.jax.numpy.zeros([4096, 1024]).add(i);
      await x.ref.data(); held.push(x);
    }
    return ctx.jax.defaultDevice()`);
  assertMatch(line, /^HELD .*(memory|64 MB|GPU)|^GOT "wasm"$/);
});

Deno.test("the way in which jax-js got its device is gone when a module runs", async () => {
  const line = await said(`ctx.jax; return [Object.hasOwn(navigator.gpu, "requestAdapter"),
    await navigator.gpu.requestAdapter() instanceof GPUAdapter]`);
  assertEquals(line, "GOT [false,true]");
});
