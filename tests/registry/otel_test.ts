import { assert, assertStringIncludes } from "@std/assert";
import { TextLineStream } from "@std/streams/text-line-stream";
import { MAIN_URL } from "./harness.ts";

const TOKEN = "not-for-any-collector-0123456789";

Deno.test("Deno's own OpenTelemetry exports a trace of each request, and no secret of it", async () => {
  const exported: string[] = [];
  const heard = Promise.withResolvers<void>();
  await using collector = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      exported.push(await request.text());
      if (exported.at(-1)?.includes("/v1/gpus/rig-1")) heard.resolve();
      return Response.json({});
    },
  );
  const home = await Deno.makeTempDir();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--frozen", "-A", MAIN_URL, "serve", "--port", "0", "--json"],
    env: {
      HORIZON_HOME: home,
      OTEL_DENO: "true",
      OTEL_SERVICE_NAME: "horizon",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.addr.port}`,
      OTEL_BSP_SCHEDULE_DELAY: "100",
    },
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  const reader = lines.getReader();
  const { url } = JSON.parse((await reader.read()).value ?? "");
  const headers = { authorization: `Bearer ${TOKEN}` };
  await (await fetch(`${url}/v1/gpus/rig-1`, { headers })).body?.cancel();
  await heard.promise;
  child.kill("SIGTERM");
  assert((await child.status).success);
  await reader.cancel();
  const text = exported.join("\n");
  for (const part of ['"name": "GET"', '"stringValue": "horizon"']) {
    assertStringIncludes(text.replace(/":\s*"/g, '": "'), part);
  }
  assert(!text.includes(TOKEN));
  await Deno.remove(home, { recursive: true });
});
