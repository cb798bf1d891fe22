import { assert, assertEquals, assertMatch } from "@std/assert";
import { SelfTestReport } from "../../src/protocol/self_test.ts";
import { Home } from "./binary.ts";

Deno.test("the binary tests itself on a bare machine, its driver in a child of its own", async () => {
  await using home = new Home("self-test");
  const done = await home.run(["self-test", "--json"]);
  const { ok, rows } = SelfTestReport.parse(JSON.parse(done.stdout));
  assertEquals([done.code, ok], [0, true], done.stdout);
  const row = (id: string) => rows.find((row) => row.id === id);
  assertMatch(row("version")?.actual ?? "", /, compiled, on Deno/);
  const isThere = row("gpu_adapter")?.actual !== "there is none";
  assertEquals(row("gpu_kernels")?.result, isThere ? "pass" : "skip");
  const hasJail = row("jail_landlock")?.result === "pass" && row("jail_seccomp")?.result === "pass";
  assertEquals(row("jail_job")?.result, isThere && hasJail ? "pass" : "skip");
  assertEquals([...Deno.readDirSync(home.folder)], []);
});

Deno.test("a machine whose backend has no adapter skips the GPU's rows and fails none", async () => {
  await using home = new Home("self-test-no-gpu");
  // Metal on Linux, Vulkan elsewhere: a backend that is never there.
  const backend = Deno.build.os === "linux" ? "metal" : "vulkan";
  const done = await home.run(["self-test", "--json"], { DENO_WEBGPU_BACKEND: backend });
  const { rows } = SelfTestReport.parse(JSON.parse(done.stdout));
  assertEquals(done.code, 0, done.stdout);
  const results = Object.fromEntries(rows.map(({ id, result }) => [id, result]));
  assertEquals(
    [results.gpu_adapter, results.gpu_limits, results.gpu_f16, results.gpu_kernels],
    ["warn", "skip", "skip", "skip"],
  );
});

Deno.test("the binary writes a bundle that holds neither its home nor its key", async () => {
  await using home = new Home("self-test-bundle");
  const { actor, key_file } = await home.json(["init"]);
  const file = `${home.folder}/bundle.json`;
  assertEquals((await home.run(["self-test", "--bundle", file])).code, 0);
  const text = await Deno.readTextFile(file);
  const body = (await Deno.readTextFile(String(key_file))).split("\n")[1] ?? "";
  for (const secret of [home.folder, String(actor), body]) assert(!text.includes(secret), text);
});
