import { assertEquals, assertMatch } from "@std/assert";
import { attempt, jailed } from "./hostile_payload.ts";
import type { JailedJob } from "../../src/provider/jail_run.ts";

/**
 * What the compiled binary hands to every module, whatever its permissions: each of these doors was
 * open before `src/runtime/doors.ts` and `vram_cap.ts` closed it.
 */

/** With the memory for a second V8 or a large buffer, so that it is the door that is shut. */
const roomy = (job: JailedJob): JailedJob => ({
  ...job,
  limits: { ...job.limits, memory_mb: 2048, vram_mb: 64 },
});

const said = async (body: string, args: unknown = null) => {
  const outcome = await jailed(roomy(attempt(body, args)));
  assertEquals(outcome.reason, "done", outcome.message + outcome.stderr_tail);
  return outcome.log.join("\n");
};

function held(name: string, body: string, why: RegExp): void {
  Deno.test(`a job in the jail ${name}`, async () => {
    const line = await said(body);
    assertMatch(line, /^HELD /);
    assertMatch(line, why);
  });
}

const ONE_THREAD = /one thread: workers are refused/;
const SOURCE = `"data:text/javascript,postMessage(1)"`;
/** The one way to the class that is left: there is no name for it. */
const HIDDEN = `const { createRequire } = await import("node:module");
  const { Worker } = createRequire("file:///x.js")("worker_threads");`;
held("knows no Worker", `new Worker(${SOURCE}, { type: "module" }); return 1`, /not defined/);
held(
  "starts no worker of Node's",
  `const { Worker } = await import("node:worker_threads");
   new Worker(new URL(${SOURCE})); return 1`,
  ONE_THREAD,
);
held(
  "starts no worker of Node's by require",
  `${HIDDEN} new Worker("postMessage(1)", { eval: true }); return 1`,
  ONE_THREAD,
);
held(
  "starts no worker by a class of its own",
  `${HIDDEN} class Mine extends Worker {} new Mine(new URL(${SOURCE})); return 1`,
  ONE_THREAD,
);
held(
  "starts no worker by another base class",
  `${HIDDEN}
   try { Object.setPrototypeOf(Worker, EventTarget); return "changed"; } catch { /* refused */ }
   try { Object.getPrototypeOf(Worker).prototype.constructor = Object; } catch { /* refused */ }
   Reflect.construct(Worker, [new URL(${SOURCE})], EventTarget); return "made"`,
  ONE_THREAD,
);
held(
  "reaches none of the runtime's own parts",
  `return Object.keys(Deno[Object.getOwnPropertySymbols(Deno)[0]])`,
  /TypeError/,
);
for (const scheme of ["npm:hono", "jsr:@std/assert", "https://example.com/x.js", "ext:core/ops"]) {
  held(`imports no ${scheme}`, `return await import("${scheme}") && 1`, /TypeError/);
}
held(
  "imports no blob",
  `const blob = new Blob(["export default 1"], { type: "text/javascript" });
   return await import(URL.createObjectURL(blob)) && 1`,
  /TypeError/,
);
held(
  "loads no native code",
  `const { default: process } = await import("node:process");
   process.dlopen({ exports: {} }, "/lib/x86_64-linux-gnu/libm.so.6"); return 1`,
  /NotCapable/,
);
held(
  "loads no extension into SQLite",
  `const { DatabaseSync } = await import("node:sqlite");
   new DatabaseSync(":memory:", { allowExtension: true }).loadExtension("libm.so.6"); return 1`,
  /NotCapable/,
);
held(
  "attaches no database file",
  `const { DatabaseSync } = await import("node:sqlite");
   new DatabaseSync(":memory:").exec("attach '/etc/passwd' as p"); return 1`,
  /attached databases/,
);
held(
  "opens no inspector",
  `const { Session } = await import("node:inspector"); new Session().connect(); return 1`,
  /NotCapable/,
);
held(
  "writes no snapshot of its heap",
  `const { writeHeapSnapshot } = await import("node:v8"); return writeHeapSnapshot("/tmp/heap")`,
  /NotCapable/,
);

Deno.test("a realm that a job makes itself holds nothing", async () => {
  const line = await said(`const { runInNewContext } = await import("node:vm");
    return runInNewContext("[typeof navigator, typeof Worker, typeof Deno, typeof fetch].join()")`);
  assertEquals(line, `GOT "undefined,undefined,undefined,undefined"`);
});

Deno.test("a job does not learn where the program lies", async () => {
  const line = await said(`const { default: process } = await import("node:process");
    return [Deno.execPath(), process.execPath, ...process.argv, process.argv0].join()`);
  assertEquals(line, `GOT "horizon,horizon,horizon,horizon"`);
});

const USAGE = "GPUBufferUsage.STORAGE";
const OVER = /out_of_gpu_memory|over the 64 MB/;
/** Bytes that no job with 64 MB of GPU memory may get. */
const TOO_MUCH = `65 * 1048576`;
const OVERDRAWS: [string, string][] = [
  ["one buffer", `ctx.device.createBuffer({ size: ${TOO_MUCH}, usage: ${USAGE} })`],
  [
    "a size that changes when it is read again",
    `let reads = 0;
     ctx.device.createBuffer({ get size() { return reads++ === 0 ? 16 : ${TOO_MUCH}; },
       usage: ${USAGE} });
     if (reads === 1) throw new Error("over the 64 MB: it is read once")`,
  ],
  [
    "a function's call that it replaced",
    `let original = null;
     Function.prototype.call = function () { original = this; };
     Reflect.apply = (target) => { original = target; };
     ctx.device.createBuffer({ size: 16, usage: ${USAGE} });
     if (original === null) throw new Error("over the 64 MB: nothing was caught");`,
  ],
  [
    "buffers that give back more than they took",
    `Object.defineProperty(GPUBuffer.prototype, "size", { get: () => 2 ** 40 });
     WeakMap.prototype.delete = WeakSet.prototype.delete = () => true;
     WeakMap.prototype.get = () => 2 ** 40;
     const small = ctx.device.createBuffer({ size: 16, usage: ${USAGE} });
     for (let i = 0; i < 4; i++) small.destroy();
     ctx.device.createBuffer({ size: ${TOO_MUCH}, usage: ${USAGE} })`,
  ],
  [
    "a negative size",
    `try { ctx.device.createBuffer({ size: -(2 ** 40), usage: ${USAGE} }) } catch { /* refused */ }
     ctx.device.createBuffer({ size: ${TOO_MUCH}, usage: ${USAGE} })`,
  ],
  [
    "a second device",
    `const device = await (await navigator.gpu.requestAdapter()).requestDevice();
     ctx.device.createBuffer({ size: 40 * 1048576, usage: ${USAGE} });
     device.createBuffer({ size: 40 * 1048576, usage: ${USAGE} })`,
  ],
  [
    "sets of queries",
    `for (let i = 0; i < 4096; i++) ctx.device.createQuerySet({ type: "occlusion", count: 4096 })`,
  ],
  [
    "a texture",
    `try { ctx.device.createTexture({ size: [8192, 8192], format: "rgba32float", usage: 4 }) }
     catch { throw new Error("over the 64 MB: no textures") }`,
  ],
];
for (const [by, body] of OVERDRAWS) {
  held(`takes no more GPU memory by ${by}`, `${body}; return "taken"`, OVER);
}

Deno.test("GPU memory that a job gives back can be taken again", async () => {
  const line = await said(`for (let i = 0; i < 8; i++) {
      const size = 60 * 1048576;
      ctx.device.createBuffer({ size, usage: ${USAGE}, mappedAtCreation: true }).destroy();
    }
    return "done"`);
  assertEquals(line, `GOT "done"`);
});
