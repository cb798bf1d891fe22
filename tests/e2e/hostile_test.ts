import { assertEquals, assertMatch } from "@std/assert";
import { attempt, CANARY, free, jailed, permissionsOnly } from "./hostile_payload.ts";

/**
 * Payloads that try to get out of the jail of the compiled binary. Each is first seen to succeed
 * without it ("control"): with every permission, or, where the compiled binary lets it through in
 * spite of revoked permissions, with the kernel's part of the jail off.
 */
const folder = Deno.makeTempDirSync({ prefix: "horizon-hostile-" });
const secret = `${folder}/secret.mjs`;
const worker = `${folder}/worker.mjs`;
Deno.writeTextFileSync(secret, `export const canary = "${CANARY}";`);
Deno.writeTextFileSync(worker, `postMessage("${CANARY}");`);
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
// The jailed child must not inherit it.
Deno.env.set("HOSTILE_CANARY", CANARY);

type Control = typeof free;

/** The payload gets what it wants without the jail, and is held with it. */
async function contained(control: Control, body: string, args: unknown, wanted: RegExp) {
  const job = attempt(body, args);
  const got = (await control(job)).join("\n");
  assertMatch(got, wanted, "control: without the jail the payload must succeed");
  const outcome = await jailed(job);
  assertEquals(outcome.log.length, 1, outcome.log.join("\n") + outcome.stderr_tail);
  assertMatch(outcome.log[0] ?? "", /^HELD /);
  assertEquals(outcome.log.join().includes(CANARY), false);
  assertEquals(outcome.reason, "done");
}

function test(name: string, control: Control, body: string, args: unknown, wanted = /^GOT /) {
  Deno.test(`a job in the jail ${name}`, () => contained(control, body, args, wanted));
}

const READ = `const { promises } = await import("node:fs");`;
test("reads no file by Deno", free, `return await Deno.readTextFile(ctx.args)`, secret);
test(
  "reads no file by node:fs",
  free,
  `${READ} return await promises.readFile(ctx.args, "utf8")`,
  secret,
);
test("reads no system file", free, `return await Deno.readTextFile("/etc/passwd")`, null);
test("lists no folder", free, `return [...Deno.readDirSync("/")].length`, null);
test(
  "imports no file",
  permissionsOnly,
  `return await import("file://" + ctx.args)`,
  secret,
  /canary/,
);
test(
  "imports no system file",
  permissionsOnly,
  `try { return await import("file:///etc/passwd") }
   catch (error) { if (error instanceof SyntaxError) return "read"; throw error }`,
  null,
);
test("fetches no file", free, `return await (await fetch("file://" + ctx.args)).text()`, secret);
test(
  "gets no permission by asking",
  free,
  `
  const { state } = Deno.permissions.requestSync({ name: "read" });
  if (state !== "granted") throw new Error(state); return state`,
  null,
);

test(
  "starts no worker from a file",
  free,
  `return await new Promise((resolve, reject) => {
    const worker = new Worker("file://" + ctx.args, { type: "module" });
    worker.onmessage = (event) => resolve(event.data);
    worker.onerror = (event) => { event.preventDefault(); reject(event.message); };
  })`,
  worker,
  /canary/,
);

test("sees no environment", free, `return Deno.env.get("HOSTILE_CANARY")`, null, /canary/);
test(
  "sees no environment by node:process",
  free,
  `
  const { default: process } = await import("node:process");
  const value = process.env.HOSTILE_CANARY;
  if (value === undefined) throw new Error("no such variable"); return value`,
  null,
  /canary/,
);

const IMPORT_PROC = `const { default: process } = await import("node:process");
  const path = ctx.args.replace("ppid", String(process.ppid)).replace("pid", String(Deno.pid));
  try { return await import("file:///proc/" + path) }
  catch (error) { if (error instanceof SyntaxError) return "read"; throw error }`;
for (const path of ["self/environ", "pid/environ", "ppid/environ", "ppid/cmdline", "1/status"]) {
  test(`reads nothing of /proc/${path}`, permissionsOnly, IMPORT_PROC, path);
}
for (const path of ["self/maps", "self/status", "mounts", "version"]) {
  test(`reads nothing of /proc/${path}`, permissionsOnly, IMPORT_PROC, path);
}
test("opens not its own memory", free, `return Deno.openSync("/proc/self/mem") && "opened"`, null);

Deno.test("a job in the jail opens no TCP connection", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const connect =
    `(await Deno.connect({ hostname: "127.0.0.1", port: ctx.args })).close(); return 1`;
  await contained(free, connect, port, /^GOT 1/);
  await contained(
    free,
    `
    const { connect } = await import("node:net");
    return await new Promise((resolve, reject) =>
      connect(ctx.args, "127.0.0.1", () => resolve(1)).on("error", reject))`,
    port,
    /^GOT 1/,
  );
  await contained(
    free,
    `return await fetch("http://127.0.0.1:" + ctx.args, {
    signal: AbortSignal.timeout(100) }).catch((error) => {
      if (error.name === "TimeoutError") return "connected"; throw error })`,
    port,
    /connected/,
  );
});

test("listens on no port", free, `return Deno.listen({ port: 0 }).addr`, null);

Deno.test("a job in the jail sends no datagram", async () => {
  const job = attempt(`
    const { createSocket } = await import("node:dgram");
    return await new Promise((resolve, reject) => {
      const socket = createSocket("udp4");
      socket.on("error", reject);
      socket.send("x", 9, "127.0.0.1", (error) => error ? reject(error) : resolve("sent"));
    })`);
  assertEquals(await free(job), ['GOT "sent"']);
  const outcome = await jailed(job);
  // The refusal is thrown where no promise catches it, and ends the job.
  assertEquals([outcome.reason, outcome.log], ["module_error", []]);
  assertMatch(outcome.message, /NotCapable/);
});

for (const [what, path] of [["unix", `${folder}/socket`], ["abstract", `\0${folder}`]] as const) {
  Deno.test(`a job in the jail reaches no ${what} socket`, async () => {
    using _listener = Deno.listen({ transport: "unix", path });
    const body = `(await Deno.connect({ transport: "unix", path: ctx.args })).close(); return 1`;
    await contained(free, body, path, /^GOT 1/);
  });
}

test("starts no program", free, `return (await new Deno.Command("true").output()).code`, null);
test(
  "starts no program by node",
  free,
  `
  const { execFileSync } = await import("node:child_process");
  return String(execFileSync("true"))`,
  null,
);
test(
  "opens no library",
  free,
  `
  return Deno.dlopen("libc.so.6", { getpid: { parameters: [], result: "i32" } }).symbols.getpid()`,
  null,
);
test(
  "signals no other process",
  free,
  `
  const { default: process } = await import("node:process");
  Deno.kill(process.ppid, "SIGCONT"); return "sent"`,
  null,
);
test(
  "signals no other process by node",
  free,
  `
  const { default: process } = await import("node:process");
  process.kill(process.ppid, "SIGCONT"); return "sent"`,
  null,
);
test(
  "ends not itself by a signal",
  free,
  `
  const { default: process } = await import("node:process");
  Deno.kill(Deno.pid, "SIGCONT"); return "sent"`,
  null,
);
test(
  "writes no file",
  free,
  `await Deno.writeTextFile(ctx.args, "x"); return "written"`,
  `${folder}/new`,
);
test("changes no file", free, `await Deno.chmod(ctx.args, 0o600); return "changed"`, secret);
test(
  "opens no key-value file",
  free,
  `
  const { DatabaseSync } = await import("node:sqlite");
  new DatabaseSync(ctx.args).exec("create table t (x)"); return "made"`,
  `${folder}/db`,
);
