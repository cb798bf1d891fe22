import { assert, assertEquals, assertMatch } from "@std/assert";
import { openAdapter } from "../../src/gpu/adapter.ts";

const ROOT = new URL("../../", import.meta.url);

/** Runs `horizon demo` as a process of its own, in a home that must stay empty. */
async function demo(env: Record<string, string>, ...flags: string[]) {
  const home = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "src/main.ts", "demo", ...flags],
      cwd: ROOT,
      env: { ...env, HORIZON_HOME: home, NO_COLOR: "1" },
    }).output();
    assertEquals([...Deno.readDirSync(home)], [], "the demo wrote into its caller's home");
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

const hasAdapter = await openAdapter().then(() => true, () => false);
if (!hasAdapter) console.log("skipped, no GPU adapter: the demo with a job");

Deno.test({
  name: "the demo proves, rents and runs on both registries, and answers in one document",
  ignore: !hasAdapter,
  async fn() {
    const { code, stdout, stderr } = await demo({}, "--json");
    assertEquals(code, 0, stderr);
    const { embedded, served } = JSON.parse(stdout);
    for (const chapter of [embedded, served]) {
      assertEquals(chapter.rental.job.state, "succeeded");
      assertEquals(chapter.rental.lease.state, "ended");
      assert(chapter.head.seq > 5);
    }
    assertEquals(served.owner.earned_micros, served.rental.lease.cost_micros);
    assertMatch(served.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  },
});

Deno.test("without an adapter the demo says what to install, shows the rest, and ends well", async () => {
  const none = { VK_DRIVER_FILES: "/nonexistent", DENO_WEBGPU_BACKEND: "vulkan" };
  const { code, stdout, stderr } = await demo(none);
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /no GPU adapter/);
  if (Deno.build.os === "linux") assertMatch(stdout, /mesa-vulkan-drivers/);
  assertMatch(stdout, /listening on http/);
  assertMatch(stdout, /Install a driver/);
});
