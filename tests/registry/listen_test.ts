import { assert, assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { LOCAL_TOKEN_HEADER } from "../../src/protocol/api.ts";
import { LOCAL_FILE, LocalAccess } from "../../src/protocol/local.ts";
import { PROBLEM_TYPE } from "../../src/protocol/problem.ts";
import { listen } from "../../src/registry/listen.ts";
import { serveLocal } from "../../src/registry/local.ts";
import { openRegistry, type Registry } from "../../src/registry/registry.ts";
import { MAIN_URL } from "./harness.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 };

async function withRegistry(
  test: (registry: Registry, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const registry = await openRegistry({ folder, mode: "served", main_url: MAIN_URL });
  try {
    await test(registry, folder);
  } finally {
    await registry.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a registry answers over a socket, with headers that let nothing be run or framed", async () => {
  await withRegistry(async (registry) => {
    const listener = await listen(registry, LOOPBACK);
    const response = await fetch(`${listener.url}/v1/node`);
    assertEquals((await response.json()).node_id, registry.node_id);
    assertEquals(response.headers.get("x-content-type-options"), "nosniff");
    assert(response.headers.get("content-security-policy")?.includes("default-src 'none'"));
    assertEquals(response.headers.get("access-control-allow-origin"), null);
    const health = ["/healthz", "/readyz", "/metrics"].map(async (path) => {
      const answer = await fetch(listener.url + path);
      await answer.body?.cancel();
      return answer.status;
    });
    assertEquals(await Promise.all(health), [200, 200, 200]);
    await listener.close();
  });
});

Deno.test("unknown paths are 404, known ones with another method 405, both as problems", async () => {
  await withRegistry(async (registry) => {
    const ask = async (path: string, method: string) => {
      const response = await registry.fetch(new Request(`http://registry${path}`, { method }));
      assertEquals(response.headers.get("content-type"), PROBLEM_TYPE);
      const { code, status } = await response.json();
      assertEquals(status, response.status);
      return `${code} ${response.headers.get("allow") ?? ""}`.trim();
    };
    assertEquals(await ask("/v1/gpu", "GET"), "not_found");
    assertEquals(await ask("/v1/gpus", "DELETE"), "not_allowed GET");
    assertEquals(await ask("/v1/jobs/job_1/logs", "PUT"), "not_allowed POST, GET");
  });
});

Deno.test("the metrics count requests and intents and name the head", async () => {
  await withRegistry(async (registry) => {
    const get = (path: string) => registry.fetch(new Request(`http://registry${path}`));
    await get("/v1/gpus");
    await get("/v1/nothing");
    const text = await (await get("/metrics")).text();
    for (
      const line of [
        'horizon_requests_total{method="GET",status="2xx"} 1',
        'horizon_requests_total{method="GET",status="4xx"} 1',
        "horizon_head_seq 1",
        "horizon_queue_events 0",
        "horizon_stream_clients 0",
      ]
    ) assert(text.split("\n").includes(line), line);
  });
});

Deno.test("a port that is taken is named", async () => {
  await withRegistry(async (registry) => {
    const listener = await listen(registry, LOOPBACK);
    const error = await assertRejects(
      () => listen(registry, { ...LOOPBACK, port: listener.port }),
      HorizonError,
    );
    assertEquals(error.code, "port_in_use");
    assert(error.message.includes(String(listener.port)));
    await listener.close();
  });
});

Deno.test("closing waits for requests, and ends streams", async () => {
  await withRegistry(async (registry) => {
    const listener = await listen(registry, LOOPBACK);
    const stream = await fetch(`${listener.url}/v1/events`);
    const rest = stream.text();
    await listener.close();
    assertEquals(await rest, "");
    await assertRejects(() => fetch(`${listener.url}/healthz`));
  });
});

Deno.test("the loopback port of a held folder lets in only who can read the folder", async () => {
  await withRegistry(async (registry, folder) => {
    const local = await serveLocal(registry, folder);
    const path = `${folder}/${LOCAL_FILE}`;
    const { url, token, node_id } = LocalAccess.parse(JSON.parse(await Deno.readTextFile(path)));
    assertEquals(node_id, registry.node_id);
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
    assert(token !== null);
    const status = async (headers: Record<string, string>) => {
      const response = await fetch(`${url}/healthz`, { headers });
      await response.body?.cancel();
      return response.status;
    };
    assertEquals(await status({}), 403);
    assertEquals(await status({ [LOCAL_TOKEN_HEADER]: "x" }), 403);
    assertEquals(await status({ [LOCAL_TOKEN_HEADER]: token.slice(0, -1) + "!" }), 403);
    assertEquals(await status({ [LOCAL_TOKEN_HEADER]: token }), 200);
    await local.close();
    await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
    await assertRejects(() => fetch(`${url}/healthz`));
  });
});

Deno.test("a public listener on loopback is advertised as it is", async () => {
  await withRegistry(async (registry, folder) => {
    const listener = await listen(registry, LOOPBACK);
    const local = await serveLocal(registry, folder, listener);
    const access = JSON.parse(await Deno.readTextFile(`${folder}/${LOCAL_FILE}`));
    assertEquals(access, { node_id: registry.node_id, url: listener.url, token: null });
    await local.close();
    assertEquals(await (await fetch(`${listener.url}/healthz`)).json(), { status: "ok" });
    await listener.close();
  });
});

Deno.test("a folder belongs to one process", async () => {
  await withRegistry(async (_registry, folder) => {
    const options = { folder, mode: "served", main_url: MAIN_URL, wait_ms: 0 } as const;
    const error = await assertRejects(() => openRegistry(options), HorizonError);
    assertEquals(error.code, "folder_busy");
  });
});
