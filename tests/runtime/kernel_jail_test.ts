import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { ownProgram } from "../../src/provider/jail_program.ts";
import { jailSupport } from "../../src/provider/jail.ts";
import { formatJailConfig, type JailConfig } from "../../src/runtime/jail_config.ts";

/**
 * The kernel's part of the jail alone: a Deno with every permission runs inside it, so that nothing
 * but Landlock, seccomp and the limits can refuse what it tries.
 */
const { complete, missing } = jailSupport();
const ignore = !complete;
if (ignore) console.log(`skipped, this machine has no complete jail: ${missing.join("; ")}`);

const program = ownProgram();
const probe = fileURLToPath(import.meta.resolve("./kernel_probe.ts"));

function configFor(command: string[]): JailConfig {
  return {
    parent_pid: Deno.pid,
    data_bytes: 2 ** 31,
    cgroup: null,
    read: [...program.read, probe],
    command,
  };
}

async function run(args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(program.executable, {
    args: [...args],
    clearEnv: true,
    env: { ...program.env, PATH: "/usr/bin:/bin", NO_COLOR: "1" },
    cwd: "/",
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  return text === "" ? new TextDecoder().decode(stderr) : text;
}

/** Enters the jail and executes the command there; what it, or the jail, writes. */
const runInJail = (config: JailConfig) =>
  run([...program.args, "__jail", formatJailConfig(config)]);

/** What became of each act of the probe, out of the jail and inside it. */
async function probeBoth(): Promise<[Record<string, string>, Record<string, string>]> {
  const folder = await Deno.makeTempDir({ prefix: "horizon-probe-" });
  try {
    await Deno.writeTextFile(`${folder}/secret`, "canary");
    using _unix = Deno.listen({ transport: "unix", path: `${folder}/socket` });
    using tcp = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    using _abstract = Deno.listen({ transport: "unix", path: `\0${folder}` });
    const args = ["run", "-A", "--quiet", probe, folder, `${tcp.addr.port}`, folder];
    const free = await run(args);
    const jailed = await runInJail(configFor([program.executable, ...args]));
    const json = /\{"read a file.*/;
    assertMatch(jailed, json);
    return [JSON.parse(free), JSON.parse(json.exec(jailed)?.[0] ?? "")];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const [free, jailed] = complete ? await probeBoth() : [{}, {}];
for (const [act, became] of Object.entries(free)) {
  Deno.test({
    name: `a program in the jail, whatever Deno permits it, can't ${act}`,
    // Where the machine itself refuses it, the jail has nothing to show.
    ignore: became !== "done",
    fn() {
      assert(jailed[act] !== undefined);
      assertNotEquals(jailed[act], "done");
    },
  });
}

Deno.test({ name: "out of the jail most of the probe's acts succeed", ignore }, () => {
  const done = Object.values(free).filter((became) => became === "done").length;
  assert(done >= 20, JSON.stringify(free));
});

const REFUSALS: [string, Partial<JailConfig>, RegExp][] = [
  ["whose parent is another process", { parent_pid: 1 }, /jail_unavailable.*parent has ended/],
  ["for a program that isn't there", { command: ["/nowhere"] }, /jail_unavailable.*execve/],
  ["for a program without a path", { command: ["true"] }, /jail_unavailable.*one argument/],
  ["whose control group is gone", { cgroup: "/nowhere" }, /jail_unavailable.*joined/],
  ["without a memory limit", { data_bytes: 0 }, /jail_unavailable.*one argument/],
];
for (const [what, change, refusal] of REFUSALS) {
  Deno.test({ name: `a jail ${what} runs nothing`, ignore }, async () => {
    const said = await runInJail({ ...configFor(["/bin/echo", "escaped"]), ...change });
    assertMatch(said, refusal);
    assertEquals(said.includes("escaped"), false);
  });
}

Deno.test(
  { name: "a program that the jail doesn't name can't be executed in it", ignore },
  async () => {
    const sh = ["/bin/sh", "-c", "exec /bin/echo escaped"];
    assertEquals((await runInJail(configFor(sh))).includes("escaped"), false);
    assertMatch(await runInJail(configFor(["/bin/echo", "named"])), /named/, "control");
  },
);

/** A new group in this machine's cgroup v2; null where this user can't make one. */
function newCgroup(): string | null {
  const mount = /^\S+ (\S+) cgroup2 /m.exec(Deno.readTextFileSync("/proc/self/mounts"))?.[1];
  if (mount === undefined) return null;
  try {
    const folder = `${mount}/horizon-test-${crypto.randomUUID()}`;
    Deno.mkdirSync(folder);
    return folder;
  } catch {
    return null;
  }
}

const cgroup = complete ? newCgroup() : null;
Deno.test({
  name: "the jail joins its control group before anything runs",
  ignore: cgroup === null,
  async fn() {
    if (cgroup === null) return;
    try {
      const config = { ...configFor(["/bin/cat", "/proc/self/cgroup"]), cgroup };
      const own = await runInJail({ ...config, read: [...config.read, "/proc"] });
      assertMatch(own, new RegExp(`^0::/${cgroup.slice(cgroup.lastIndexOf("/") + 1)}$`, "m"));
    } finally {
      Deno.removeSync(cgroup);
    }
  },
});
