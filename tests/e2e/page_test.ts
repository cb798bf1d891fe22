import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Home } from "./binary.ts";
import { gpuBody, newActor, serve } from "./served.ts";

Deno.test("the compiled binary serves the page, all that it loads, and its OpenAPI document", async () => {
  await using operator = new Home("operator");
  await operator.json(["init"]);
  const registry = await serve(operator);
  await registry.as(newActor()).submit("gpu.register", gpuBody("rig-1", 300_000));
  const read = async (path: string) => {
    const response = await fetch(registry.url + path, { headers: { accept: "text/html" } });
    return { status: response.status, text: await response.text() };
  };
  const { text } = await read("/?type=3090");
  assertStringIncludes(text, '<a href="/gpus/rig-1">rig-1</a>');
  const loaded = [...text.matchAll(/"(\/assets\/[^"]*)"/g)].map(([, path = ""]) => path);
  assertEquals(loaded.length, 5);
  for (const path of [...loaded, "/gpus/rig-1", "/auctions", "/network", "/health"]) {
    assertEquals((await read(path)).status, 200, path);
  }
  assertStringIncludes(
    (await read("/gpus/rig-1")).text,
    `horizon config --set registry ${registry.url}`,
  );
  const document = JSON.parse((await read("/openapi.json")).text);
  assertEquals(document.openapi, "3.1.0");
  const live = await fetch(`${registry.url}/live?of=gpus`);
  const reader = live.body?.pipeThrough(new TextDecoderStream()).getReader();
  assertMatch((await reader?.read())?.value ?? "", /^id: \d+\ndata: gpus\n\n$/);
  await reader?.cancel();
  assertEquals(await registry.process.kill("SIGTERM"), 0);
});
