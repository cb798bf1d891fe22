import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { jailParts } from "../../src/provider/jail.ts";
import { findDelegation, JobCgroup } from "../../src/provider/job_cgroup.ts";

/** The files of /proc and /sys as a machine shows them; one that isn't there throws. */
function machine(files: Record<string, string>) {
  return (path: string | URL): string => {
    const text = files[`${path}`];
    if (text === undefined) throw new Deno.errors.NotFound(`${path} is not there`);
    return text;
  };
}

const SLICE = "/sys/fs/cgroup/system.slice/horizon.service";
const DELEGATED = {
  "/proc/self/cgroup": "0::/system.slice/horizon.service/main\n",
  "/proc/self/mounts": "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n",
  [`${SLICE}/cgroup.subtree_control`]: "cpu memory pids\n",
  [`${SLICE}/cgroup.procs`]: "",
};

Deno.test("the group around the provider's own is what systemd delegates with a subgroup", () => {
  assertEquals(findDelegation(machine(DELEGATED)).folder, SLICE);
});

const NOT_DELEGATED: [string, Record<string, string>, RegExp][] = [
  ["only cgroup v1", { "/proc/self/cgroup": "4:memory:/\n" }, /no cgroup v2/],
  ["a process in the root", { "/proc/self/cgroup": "0::/\n" }, /in the root of/],
  ["no memory", { [`${SLICE}/cgroup.subtree_control`]: "cpu pids" }, /memory are not delegated/],
  ["nothing enabled", { [`${SLICE}/cgroup.subtree_control`]: "\n" }, /memory and pids/],
  ["processes of others", { [`${SLICE}/cgroup.procs`]: "12\n" }, /has processes/],
];
for (const [what, change, why] of NOT_DELEGATED) {
  Deno.test(`a machine with ${what} delegates no control group, and says why`, () => {
    const { folder, actual } = findDelegation(machine({ ...DELEGATED, ...change }));
    assertEquals(folder, null);
    assertMatch(actual, why);
  });
}

Deno.test("a group whose limits can't be set fails closed, and is removed", () => {
  // A plain folder makes groups without the kernel's files in them.
  const folder = Deno.makeTempDirSync({ prefix: "horizon-cgroup-" });
  try {
    const limits = { memory_bytes: 2 ** 30, max_threads: 64 };
    assertThrows(() => JobCgroup.make(folder, limits), Error, "jail is not available");
    assertEquals([...Deno.readDirSync(folder)], []);
  } finally {
    Deno.removeSync(folder);
  }
});

Deno.test("the jail's parts say whether there is a control group, and lack nothing without", () => {
  const part = jailParts().find(({ name }) => name === "cgroup");
  assertMatch(part?.actual ?? "", /none delegated: .+|cgroup v2 in/);
  assertEquals(part?.missing, null);
});
