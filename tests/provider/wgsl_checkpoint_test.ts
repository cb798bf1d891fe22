import { assert, assertEquals, assertMatch } from "@std/assert";
import { type JailedJob, jailSupport, runJailed } from "../../src/provider/jail.ts";
import { WgslPayload } from "../../src/protocol/job.ts";
import { adapterTest } from "../adapter_test_case.ts";

/** A shader's state between its passes, in the jail, from source. */
const REPEAT = 8;
const LIMITS = { time_s: 30, memory_mb: 256, vram_mb: 64, output_mb: 16, checkpoint_mb: 1 };

/** Each pass depends on the one before, by `y` and by `hidden`, which is no output. */
const SHADER = `
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> hidden: array<u32>;
@group(1) @binding(0) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3u) {
  hidden[id.x] = hidden[id.x] * 1664525u + x[id.x];
  y[id.x] = (y[id.x] ^ hidden[id.x]) + 1u;
}`;

function job(more: { checkpoint_every?: number; resume?: Uint8Array<ArrayBuffer> }): JailedJob {
  const { checkpoint_every, resume = null } = more;
  const wgsl = WgslPayload.parse({
    shader: SHADER,
    bindings: [
      { binding: 0, type: "read-only-storage", input: "x" },
      { binding: 1, size_bytes: 16 },
      { group: 1, binding: 0, size_bytes: 16, output: "y" },
    ],
    dispatch: [1, 1, 1],
    repeat: REPEAT,
    ...(checkpoint_every === undefined ? {} : { checkpoint_every }),
  });
  const inputs = new Map([["x", new Uint8Array(Uint32Array.of(1, 2, 3, 4).buffer)]]);
  return { program: { kind: "wgsl", wgsl }, inputs, outputs: ["y"], limits: LIMITS, resume };
}

async function run(what: JailedJob) {
  const log: string[] = [];
  const done: number[] = [];
  const checkpoints: Uint8Array<ArrayBuffer>[] = [];
  const outcome = await runJailed(what, {
    onLog: (line) => log.push(line),
    onProgress: (passes) => done.push(passes),
    onCheckpoint: (bytes) => checkpoints.push(bytes),
  });
  assertEquals([outcome.reason, outcome.message], ["done", ""]);
  return { y: outcome.outputs[0]?.bytes, log, done, checkpoints };
}

const { complete, missing } = jailSupport();
const why = complete ? "" : ` (skipped, no complete jail: ${missing.join("; ")})`;
const test = (name: string, fn: () => Promise<void>) =>
  complete ? adapterTest(name, fn) : Deno.test(name + why, { ignore: true }, fn);

test("a shader goes on from its checkpoint as if it had never stopped", async () => {
  const whole = await run(job({}));
  assertEquals(whole.checkpoints, []);
  const kept = await run(job({ checkpoint_every: 1 }));
  assertEquals(kept.y, whole.y);
  const [checkpoint] = kept.checkpoints;
  assert(checkpoint !== undefined);
  assertEquals(checkpoint.length, 4 + 16 + 16, "passes done, and the two buffers that it writes");
  const resumed = await run(job({ checkpoint_every: 1, resume: checkpoint }));
  assertEquals(resumed.y, whole.y);
  assertMatch(resumed.log.join(), /going on after pass 1 of 8/);
  assertEquals(resumed.done[0], 2);
});

test("a shader isn't kept before its passes are done", async () => {
  assertEquals((await run(job({ checkpoint_every: REPEAT }))).checkpoints, []);
});

test("a shader begins anew where the checkpoint isn't one of its own", async () => {
  const whole = await run(job({}));
  const state = (done: number) => {
    const bytes = new Uint8Array(36).fill(9);
    new DataView(bytes.buffer).setUint32(0, done, true);
    return bytes;
  };
  for (const resume of [state(0), state(REPEAT), new Uint8Array(0), new Uint8Array(35)]) {
    const anew = await run(job({ checkpoint_every: 1, resume }));
    assertMatch(anew.log.join(), /doesn't fit this shader: starting anew/);
    assertEquals(anew.y, whole.y);
  }
});
