import { assert, assertEquals, assertMatch } from "@std/assert";
import { runJailed } from "../../src/provider/jail.ts";
import type { JailedJob } from "../../src/provider/jail_run.ts";
import { jailed } from "./hostile_payload.ts";
import { MODULE_LIMITS as LIMITS, moduleJob } from "../provider/module_job.ts";

/** Modules that change the runtime under our own code, names that look like paths, and no jail. */

const moduleOf = (body: string, args: unknown = null) =>
  moduleJob(`export default async (ctx) => {${body}};`, { args });
const within = (job: JailedJob, limits: Partial<JailedJob["limits"]>): JailedJob => ({
  ...job,
  limits: { ...LIMITS, ...limits },
});

const TAMPERED: [string, string][] = [
  ["JSON.stringify", `JSON.stringify = () => "{}";`],
  ["toJSON of every object", `Object.prototype.toJSON = () => ({ stage: "adapter", at_ms: 0 });`],
  [
    "a getter of the prototype",
    `Object.defineProperty(Object.prototype, "name",
     { get: () => "../../etc/passwd", set() {} });`,
  ],
  ["the writing of stdout", `Deno.stdout.writeSync = (bytes) => bytes.length;`],
  ["the encoding of text", `TextEncoder.prototype.encode = () => new Uint8Array(9);`],
  ["DataView", `DataView.prototype.setUint32 = () => {};`],
];
for (const [what, body] of TAMPERED) {
  Deno.test(`a job that replaces ${what} spoils at most its own result`, async () => {
    const job = { ...moduleOf(`${body} ctx.output("y", new Uint8Array([7]))`), outputs: ["y"] };
    const outcome = await jailed(within(job, { time_s: 5 }));
    if (outcome.state === "succeeded") {
      assertEquals(outcome.outputs.map(({ name, bytes }) => [name, ...bytes]), [["y", 7]]);
    } else {
      assertEquals([outcome.state, outcome.side], ["failed", "renter"], outcome.message);
      assertEquals(outcome.outputs, []);
    }
    assertEquals(({} as { toJSON?: unknown }).toJSON, undefined, "nothing reaches the provider");
  });
}

for (const leave of [`(await import("node:process")).default.exit(0)`, `Deno.exit(0)`, `close()`]) {
  Deno.test(`a job that leaves by ${leave} before its output has not succeeded`, async () => {
    const outcome = await jailed({ ...moduleOf(`${leave}; ctx.output`), outputs: ["y"] });
    assertEquals([outcome.state, outcome.side], ["failed", "renter"], outcome.message);
  });
}

Deno.test("inputs named as paths and prototypes are bytes by a name, nothing else", async () => {
  const names = ["../../etc/passwd", "/etc/passwd", "__proto__", "constructor", "a\0b"];
  const inputs = new Map(names.map((name, i) => [name, new Uint8Array([i])]));
  const job = moduleOf(`for (const [name, bytes] of ctx.inputs) {
    ctx.log(JSON.stringify([name, ...bytes])); } ctx.log(String({}.polluted))`);
  const { log, reason } = await jailed({ ...job, inputs });
  assertEquals(reason, "done");
  assertEquals(log, [...names.map((name, i) => JSON.stringify([name, i])), "undefined"]);
});

Deno.test("arguments named __proto__ change no prototype", async () => {
  const args: unknown = JSON.parse(`{"__proto__": {"polluted": 1}, "a": {"constructor": 2}}`);
  const { log } = await jailed(moduleOf(
    `ctx.log(String({}.polluted) + Object.keys(ctx.args).join())`,
    args,
  ));
  assertMatch(log.join(), /^undefined(__proto__,)?a$/);
});

const SPINS: [string, string][] = [
  [
    "a shared buffer",
    `const cell = new Int32Array(new SharedArrayBuffer(4));
     for (;;) Atomics.add(cell, 0, 1);`,
  ],
  ["Atomics.wait", `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`],
  [
    "WebAssembly",
    `const code = Uint8Array.from([0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,
     102,0,0,10,9,1,7,0,3,64,12,0,11,11]);
     (await WebAssembly.instantiate(code)).instance.exports.f();`,
  ],
  ["a regular expression", `/^(a+)+$/.test("a".repeat(64) + "b");`],
];
for (const [what, body] of SPINS) {
  Deno.test(`a job that spins by ${what} is killed at its time`, async () => {
    const outcome = await jailed(within(moduleOf(body), { time_s: 1 }));
    assertEquals([outcome.reason, outcome.side], ["time_limit", "renter"], outcome.message);
  });
}

for (const os of ["macOS has no Landlock", "Windows has no Landlock"]) {
  const none = { complete: false, missing: [os] };
  Deno.test(`where ${os}, a module is refused whatever the owner consents to`, async () => {
    for (const unjailed of [false, true]) {
      const outcome = await runJailed(moduleOf(""), { unjailed }, none);
      assertEquals([outcome.reason, outcome.side], ["jail_unavailable", "provider"]);
      assert(outcome.message.includes(os), outcome.message);
      assertEquals(outcome.elapsed_ms, 0);
    }
  });
}
