import { assert, assertEquals, assertMatch } from "@std/assert";
import { TextLineStream } from "@std/streams/text-line-stream";
import { sha256Hex } from "../../src/base/hash.ts";
import { encodeFrame } from "../../src/runtime/frames.ts";
import { formatJailConfig } from "../../src/runtime/jail_config.ts";
import { FROM_JOB } from "../../src/runtime/messages.ts";
import type { JailedJob } from "../../src/provider/jail_run.ts";
import { binary, jailed } from "./hostile_payload.ts";
import { MODULE_LIMITS as LIMITS, moduleJob } from "../provider/module_job.ts";

/** Payloads of the compiled binary's jail that take too much, lie, or won't end. */

/** A module with this body, async, of `ctx`. */
const moduleOf = (body: string, args: unknown = null) =>
  moduleJob(`export default async (ctx) => {${body}};`, { args });

const wanting = (job: JailedJob, ...outputs: string[]): JailedJob => ({ ...job, outputs });
const within = (job: JailedJob, limits: Partial<JailedJob["limits"]>): JailedJob => ({
  ...job,
  limits: { ...job.limits, ...limits },
});

const WRITE = `const write = (bytes) => {
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at)); };`;

/** A module that writes these bytes to its stdout, past every check of the runtime's own. */
const writing = (...frames: Uint8Array[]) =>
  moduleOf(
    `${WRITE} for (const hex of ctx.args) write(Uint8Array.fromHex(hex)); for (;;);`,
    frames.map((frame) => frame.toHex()),
  );

Deno.test("an honest output arrives with the hash of its bytes", async () => {
  const job = moduleOf(`console.log("to the log"); ctx.output("y", new Uint8Array([1, 2, 3]))`);
  const { reason, outputs, log } = await jailed(wanting(job, "y"));
  assertEquals([reason, log], ["done", ["to the log"]]);
  assertEquals(outputs[0]?.sha256, sha256Hex(new Uint8Array([1, 2, 3])));
});

const succeeded = encodeFrame(FROM_JOB.succeeded, null);
const output = (name: string, size_bytes: number, offset_bytes: number, body: Uint8Array) =>
  encodeFrame(FROM_JOB.output, { name, size_bytes, offset_bytes }, body);
const byte = new Uint8Array(1);

const FORGERIES: [string, Uint8Array[]][] = [
  ["success without its output", [succeeded]],
  ["success with half its output", [output("y", 2, 0, byte), succeeded]],
  ["an output that nobody wants", [output("z", 1, 0, byte), succeeded]],
  ["an output named as a path", [output("../y", 1, 0, byte), succeeded]],
  ["a piece outside its output", [output("y", 1, 1, byte)]],
  ["two pieces for one place", [output("y", 2, 0, byte), output("y", 2, 0, byte)]],
  ["an output whose size is a fraction", [output("y", 0.5, 0, byte)]],
  ["the provider's blame", [encodeFrame(FROM_JOB.failed, { code: "no_adapter", message: "" })]],
  ["a failure of the jail", [
    encodeFrame(FROM_JOB.failed, { code: "jail_unavailable", message: "" }),
  ]],
  ["a name of the prototype", [encodeFrame(FROM_JOB.failed, { code: "toString", message: "" })]],
  ["a message of no known type", [encodeFrame(99, null)]],
  ["a header of 4 GiB", [Uint8Array.of(16, 255, 255, 255, 255, 0, 0, 0, 0)]],
  ["a body of 4 GiB", [Uint8Array.of(19, 2, 0, 0, 0, 255, 255, 255, 255)]],
  ["text", [new TextEncoder().encode("this is no frame at all")]],
];
for (const [what, frames] of FORGERIES) {
  Deno.test(`a job that forges ${what} fails, on its renter's side`, async () => {
    const outcome = await jailed(wanting(writing(...frames), "y"));
    assertEquals(
      [outcome.state, outcome.reason, outcome.side, outcome.outputs],
      ["failed", "invalid_output", "renter", []],
      outcome.message,
    );
  });
}

Deno.test("an output beyond the limit is never allocated, let alone taken", async () => {
  const claim = output("y", 2 ** 40, 0, byte);
  const outcome = await jailed(wanting(writing(claim), "y"));
  assertEquals([outcome.reason, outcome.side], ["output_limit", "renter"]);
});

Deno.test("outputs within the limit one by one are over it together", async () => {
  const job = moduleOf(
    `for (const name of ["a", "b"]) ctx.output(name, new Uint8Array(600 * 1024))`,
  );
  assertEquals((await jailed(within(wanting(job, "a", "b"), { output_mb: 2 }))).reason, "done");
  assertEquals((await jailed(wanting(job, "a", "b"))).reason, "output_limit");
});

const FLOODS: [string, string, string][] = [
  ["its log", `for (;;) ctx.log("x".repeat(4000))`, "log_limit"],
  ["stdout", `${WRITE} for (;;) write(new Uint8Array(65536))`, "invalid_output"],
  ["stderr", `for (;;) Deno.stderr.writeSync(new Uint8Array(65536))`, "log_limit"],
];
for (const [where, body, reason] of FLOODS) {
  Deno.test(`a job that floods ${where} is ended`, async () => {
    const outcome = await jailed(moduleOf(body));
    assertEquals([outcome.reason, outcome.side], [reason, "renter"], outcome.message);
  });
}

const HOARDS: [string, string][] = [
  [
    "buffers",
    `const held = []; for (let i = 0; i < ctx.args; i++) {
     held.push(new Uint8Array(1 << 20).fill(1)); if (i % 256 === 0) ctx.log(String(i)); }`,
  ],
  [
    "shared buffers",
    `const held = []; for (let i = 0; i < ctx.args; i++) {
     held.push(new Uint8Array(new SharedArrayBuffer(1 << 20)).fill(1)); }`,
  ],
  [
    "WebAssembly memory",
    `const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
     for (let i = 0; i < ctx.args; i++) { memory.grow(16);
       new Uint8Array(memory.buffer, memory.buffer.byteLength - (1 << 20)).fill(1); }`,
  ],
  [
    "objects",
    `const held = []; for (let i = 0; i < ctx.args; i++) {
     held.push(Array.from({ length: 1 << 17 }, (_, j) => i + j)); }`,
  ],
];
for (const [what, body] of HOARDS) {
  Deno.test(`a job that fills its memory with ${what} is ended`, async () => {
    const job = moduleOf(body, 600);
    assertEquals((await jailed(within(job, { memory_mb: 4096 }))).reason, "done", "control");
    const outcome = await jailed(job);
    assertEquals([outcome.state, outcome.side], ["failed", "renter"], outcome.stderr_tail);
    // A memory that can't grow throws; V8 ends the process where even the error finds no room.
    const reasons = what === "WebAssembly memory" ? ["module_error"] : [];
    assert(["memory_limit", ...reasons].includes(outcome.reason), outcome.message);
  });
}

Deno.test("a job that takes more of the GPU's memory than its limit has failed", async () => {
  const body = `const held = []; for (let i = 0; i < 128; i++) {
    held.push(ctx.device.createBuffer({ size: 1 << 20, usage: 8 })); }`;
  const outcome = await jailed(moduleOf(body));
  assertEquals([outcome.reason, outcome.side], ["out_of_gpu_memory", "renter"], outcome.message);
  assertEquals((await jailed(within(moduleOf(body), { vram_mb: 256 }))).reason, "done", "control");
});

Deno.test("a job that never ends is killed at its time", async () => {
  const outcome = await jailed(within(moduleOf("for (;;);"), { time_s: 1 }));
  assertEquals([outcome.reason, outcome.side], ["time_limit", "renter"]);
});

Deno.test("a job that waits for ever is killed at its time", async () => {
  const job = moduleOf("setInterval(() => {}, 1000); await new Promise(() => {})");
  assertEquals((await jailed(within(job, { time_s: 1 }))).reason, "time_limit");
});

Deno.test("a shader that never ends is killed at its time", async () => {
  const shader = `
    @group(0) @binding(0) var<storage, read_write> x: array<u32>;
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
      for (var i = 0u; i < 65000u; i++) { for (var j = 0u; j < 65000u; j++) {
        for (var k = 0u; k < 65000u; k++) { x[id.x] = x[id.x] * 3u + k; } } }
    }`;
  const outcome = await jailed({
    program: {
      kind: "wgsl",
      wgsl: {
        shader,
        entry: "main",
        bindings: [{ group: 0, binding: 0, type: "storage", size_bytes: 1024, output: "y" }],
        dispatch: [1024, 1, 1],
        repeat: 1,
      },
    },
    inputs: new Map(),
    outputs: ["y"],
    limits: { ...LIMITS, time_s: 1 },
  });
  assertEquals([outcome.reason, outcome.side], ["time_limit", "renter"], outcome.message);
});

Deno.test("a job that leaves without an answer has failed", async () => {
  const outcome = await jailed(moduleOf("Deno.exit(0)"));
  assertEquals([outcome.state, outcome.reason, outcome.side], ["failed", "job_exited", "renter"]);
});

Deno.test("a job that aborts itself has failed", async () => {
  const body = `const { default: process } = await import("node:process"); process.abort()`;
  const outcome = await jailed(moduleOf(body));
  assertEquals([outcome.state, outcome.reason, outcome.side], ["failed", "job_exited", "renter"]);
});

Deno.test("a cancelled job is killed", async () => {
  const cancel = new AbortController();
  const job = moduleOf(`ctx.log("running"); for (;;);`);
  const outcome = await jailed(job, {
    signal: cancel.signal,
    onStage: (stage) => {
      if (stage === "locked") cancel.abort();
    },
  });
  assertEquals(outcome.state, "cancelled");
});

Deno.test("a job dies with its provider, even one that is killed", async () => {
  const parent = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", new URL("hostile_parent.ts", import.meta.url).pathname],
    stdout: "piped",
  }).spawn();
  const lines = parent.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TextLineStream(),
  );
  const { value: pid } = await lines.getReader().read();
  assertMatch(pid ?? "", /^\d+$/);
  // Ends when that process does. Without the death signal the job would run for its whole time.
  const watch = new Deno.Command("tail", { args: ["--pid", pid ?? "", "-f", "/dev/null"] }).spawn();
  parent.kill("SIGKILL");
  await parent.status;
  const deadline = setTimeout(() => watch.kill("SIGKILL"), 10_000);
  const { success } = await watch.status;
  clearTimeout(deadline);
  if (!success) Deno.kill(Number(pid), "SIGKILL");
  assert(success, `process ${pid} outlived its parent`);
});

Deno.test("a descriptor that the parent left open does not reach the job", async () => {
  const listing = async (stage: string[]) => {
    const { stdout, stderr } = await new Deno.Command("bash", {
      args: ["-c", `exec 9< /etc/passwd; exec "$@"`, "bash", ...stage],
      clearEnv: true,
      stdin: "null",
    }).output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  };
  const command = ["/bin/ls", "-l", "/proc/self/fd"];
  const config = {
    parent_pid: Deno.pid,
    data_bytes: 2 ** 31,
    read: ["/proc"],
    cgroup: null,
    command,
  };
  assertMatch(await listing(command), /9 -> \/etc\/passwd/, "control");
  const inside = await listing([binary().executable, "__jail", formatJailConfig(config)]);
  assertMatch(inside, / 0 -> /);
  assertEquals(inside.includes("passwd"), false, inside);
});
