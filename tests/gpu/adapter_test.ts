import { assertEquals, assertMatch } from "@std/assert";

const ADAPTER = new URL("../../src/gpu/adapter.ts", import.meta.url).href;

Deno.test("a machine without an adapter is told which package to install", async () => {
  const script = `import { openAdapter } from ${JSON.stringify(ADAPTER)};
    try { await openAdapter(); } catch (e) { console.log(JSON.stringify([e.code, e.fix])); }`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", script],
    cwd: new URL("../..", import.meta.url),
    // Metal or DX12 on Linux: a backend that is never there.
    env: { DENO_WEBGPU_BACKEND: Deno.build.os === "linux" ? "metal" : "vulkan" },
  }).output();
  const [code, fix] = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals(code, "no_adapter");
  if (Deno.build.os === "linux") assertMatch(fix, /mesa-vulkan-drivers/);
});
