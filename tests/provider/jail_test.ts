import type * as z from "zod";
import {
  assert,
  assertEquals,
  assertGreater,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  type JailedJob,
  jailSupport,
  runJailed,
  type RunOptions,
} from "../../src/provider/jail.ts";
import { Run } from "../../src/provider/jail_run.ts";
import { WgslPayload } from "../../src/protocol/job.ts";
import { moduleJob } from "./module_job.ts";

/** Shaders in the jail, from source, on whatever adapter there is. */
const support = jailSupport();
const adapter = await navigator.gpu.requestAdapter();
const skip = adapter === null
  ? "no GPU adapter"
  : support.complete
  ? null
  : `no complete jail: ${support.missing.join("; ")}`;

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: skip === null ? name : `${name} (skipped: ${skip})`,
    ignore: skip !== null,
    fn,
  });
}

const LIMITS = { time_s: 30, memory_mb: 256, vram_mb: 64, output_mb: 16 };
const words = (...values: number[]) => new Uint8Array(new Uint32Array(values).buffer);

function job(
  wgsl: z.input<typeof WgslPayload>,
  inputs: Record<string, Uint8Array<ArrayBuffer>> = {},
  outputs = ["y"],
): JailedJob {
  const payload = WgslPayload.parse(wgsl);
  const program = { kind: "wgsl", wgsl: payload } as const;
  return { program, inputs: new Map(Object.entries(inputs)), outputs, limits: LIMITS };
}

const ADD = `
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(1) @binding(0) var<uniform> step: u32;
@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3u) {
  y[id.x] = y[id.x] + x[id.x] + step;
}`;

test("a shader gets its inputs and a zeroed output, and its passes follow each other", async () => {
  const progress: number[][] = [];
  const outcome = await runJailed(
    job({
      shader: ADD,
      bindings: [
        { binding: 0, type: "read-only-storage", input: "x" },
        { binding: 1, size_bytes: 16, output: "y" },
        { group: 1, binding: 0, type: "uniform", input: "step" },
      ],
      dispatch: [1, 1, 1],
      repeat: 5,
    }, { x: words(1, 2, 3, 4), step: words(10) }),
    { onProgress: (done, total) => progress.push([done, total]) },
  );
  assertEquals([outcome.state, outcome.reason, outcome.side], ["succeeded", "done", null]);
  assertEquals(outcome.outputs.map(({ name, bytes }) => [name, bytes]), [
    ["y", words(55, 60, 65, 70)],
  ]);
  assertGreater(outcome.elapsed_ms, 0);
  assertEquals(progress, [[1, 5], [3, 5]]);
});

test("a large input and output cross in pieces, unharmed", async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(65536));
  const large = new Uint8Array(5 * 1024 * 1024);
  for (let at = 0; at < large.length; at += bytes.length) large.set(bytes, at);
  const shader = `
    @group(0) @binding(0) var<storage, read_write> x: array<u32>;
    @compute @workgroup_size(1) fn main() { x[0] = ~x[0]; }`;
  const outcome = await runJailed(
    job({ shader, bindings: [{ binding: 0, input: "x", output: "y" }], dispatch: [1, 1, 1] }, {
      x: large,
    }),
  );
  large.set([0, 1, 2, 3].map((i) => 255 - (large[i] ?? 0)));
  assertEquals(outcome.outputs[0]?.bytes, large);
});

const simple = (shader: string, more: Partial<z.input<typeof WgslPayload>> = {}) =>
  job({
    shader,
    bindings: [{ binding: 0, size_bytes: 256, output: "y" }],
    dispatch: [1, 1, 1],
    ...more,
  });
const WRITE = `@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(1) fn main() { y[0] = 1; }`;

test("a job without outputs ends when its work has ended, not before", async () => {
  const shader = `@group(0) @binding(0) var<storage, read_write> y: array<atomic<u32>>;
@compute @workgroup_size(1) fn main() { for (var i = 0u; i < 60000u; i++) { atomicAdd(&y[0], i); } }`;
  const slow = (output?: string) =>
    job(
      {
        shader,
        bindings: [{ binding: 0, size_bytes: 4, ...(output === undefined ? {} : { output }) }],
        dispatch: [1000, 1, 1],
      },
      {},
      output === undefined ? [] : [output],
    );
  const heard = await runJailed(slow("y"));
  const silent = await runJailed(slow());
  assertEquals([heard.state, silent.state], ["succeeded", "succeeded"]);
  assertGreater(silent.elapsed_ms, heard.elapsed_ms / 2);
});

test("a shader that doesn't compile fails with the compiler's message and line", async () => {
  const outcome = await runJailed(simple(`${WRITE}\nfn broken() -> u32 { return 1.5; }`));
  assertEquals([outcome.state, outcome.reason, outcome.side], ["failed", "shader_error", "renter"]);
  assertMatch(outcome.message, /line 3, column \d+/);
});

test("an entry point that isn't there is an error of the shader", async () => {
  const outcome = await runJailed(simple(WRITE, { entry: "other" }));
  assertEquals([outcome.reason, outcome.side], ["shader_error", "renter"]);
  assertStringIncludes(outcome.message, "other");
});

test("a binding that the shader doesn't have is an error of the job", async () => {
  const bindings = [{ binding: 5, size_bytes: 16, output: "y" }];
  const outcome = await runJailed(simple(WRITE, { bindings }));
  assertEquals([outcome.reason, outcome.side], ["invalid_job", "renter"]);
});

test("an input larger than its binding is an error of the job", async () => {
  const bindings = [{ binding: 0, size_bytes: 4, input: "x", output: "y" }];
  const wgsl = { shader: WRITE, bindings, dispatch: [1, 1, 1] as [number, number, number] };
  const outcome = await runJailed(job(wgsl, { x: words(1, 2) }));
  assertEquals([outcome.reason, outcome.side], ["invalid_job", "renter"]);
});

test("buffers beyond the job's GPU memory, or beyond the GPU's, are refused", async () => {
  const sized = (size_bytes: number) =>
    simple(WRITE, { bindings: [{ binding: 0, size_bytes, output: "y" }] });
  const over = await runJailed(sized(40 * 1024 * 1024));
  assertEquals([over.reason, over.side], ["out_of_gpu_memory", "renter"]);
  const huge = sized(200 * 2 ** 30);
  const absurd = await runJailed({ ...huge, limits: { ...LIMITS, vram_mb: 256 * 1024 } });
  assertEquals([absurd.reason, absurd.side], ["out_of_gpu_memory", "renter"]);
});

test("a shader that reads and writes out of bounds gets nothing of others, and harms none", async () => {
  const shader = `
    @group(0) @binding(0) var<storage, read_write> y: array<u32>;
    @group(0) @binding(1) var<storage, read_write> own: array<u32, 4>;
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
      let far = 1000000u + id.x * 4099u;
      y[id.x] = y[far] | own[(far ^ y[0]) | 4u];
      y[far] = 0xdeadbeefu;
      own[far] = 0xdeadbeefu;
    }`;
  const bindings = [
    { binding: 0, size_bytes: 256, output: "y" },
    { binding: 1, size_bytes: 16, input: "own" },
  ];
  const wgsl = { shader, bindings, dispatch: [1, 1, 1] as [number, number, number] };
  const outcome = await runJailed(job(wgsl, { own: words(7, 7, 7, 7) }));
  assertEquals(outcome.reason, "done", outcome.message);
  // WebGPU answers such a read with zero or with some element of the same buffer.
  const allowed = new Set([0, 7, 0xdeadbeef]);
  const seen = [...new Uint32Array(outcome.outputs[0]?.bytes.buffer ?? new ArrayBuffer(0))];
  assertEquals(seen.length, 64);
  for (const value of seen) assert(allowed.has(value), `read ${value.toString(16)}`);
  assertEquals((await runJailed(simple(WRITE))).reason, "done", "the GPU still works");
});

test("a shader runs without the jail only with the owner's consent, a module never", async () => {
  const incomplete = { complete: false, missing: ["Landlock"] };
  const run = (what: JailedJob, options: RunOptions) => runJailed(what, options, incomplete);
  const refused = await run(simple(WRITE), {});
  assertEquals([refused.state, refused.reason, refused.side], [
    ...["failed", "jail_unavailable", "provider"],
  ]);
  assertStringIncludes(refused.message, "Landlock");
  assertEquals((await run(simple(WRITE), { unjailed: true })).reason, "done");
  const module = moduleJob("export default () => {}");
  assertEquals((await run(module, { unjailed: true })).reason, "jail_unavailable");
  assertEquals((await runJailed(module)).reason, "done", "control");
});

test("a child that never enters the jail it should be in runs nothing", async () => {
  // Whatever its arguments, this program skips __jail and becomes the job.
  const own = (await import("../../src/provider/jail_program.ts")).ownProgram();
  const skipping = {
    ...own,
    executable: "/bin/sh",
    args: ["-c", `exec ${own.executable} ${own.args.join(" ")} __job unjailed`],
  };
  const outcome = await new Run(simple(WRITE), { program: skipping }, true).outcome();
  assertEquals([outcome.reason, outcome.side], ["jail_unavailable", "provider"]);
});

test("a program that is no Horizon is reported as not started", async () => {
  const program = { executable: "/bin/true", args: [], read: [], env: {} };
  const outcome = await runJailed(simple(WRITE), { program });
  assertEquals([outcome.state, outcome.reason, outcome.side], [
    ...["failed", "job_not_started", "provider"],
  ]);
});

test("a listener that throws ends the child, and its error comes out", async () => {
  const pids: string[] = [];
  const onLog = (line: string) => {
    pids.push(line);
    throw new Error("from the listener");
  };
  const endless = moduleJob(`export default ({ log }) => { log(String(Deno.pid)); for (;;); }`);
  await assertRejects(() => runJailed(endless, { onLog }), Error, "from the listener");
  // Ends when that process does.
  const gone = await new Deno.Command("tail", { args: [`--pid=${pids[0]}`, "-f", "/dev/null"] })
    .output();
  assert(gone.success);
});
