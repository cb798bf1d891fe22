import { type Figure } from "../figure.ts";
import { makeClients, post, requestOf, signUpdate, startRegistry } from "../registry_load.ts";

const WATCHERS = 1_000;
const EVENTS = 20;
const decoder = new TextDecoder();

/** A watcher of the feed on a bare socket, so that it costs as little as it can. */
interface Watcher {
  conn: Deno.TcpConn;
  /** Resolves with the moment when the text has come. */
  heard(text: string): Promise<number>;
}

/** How long one event takes to everyone who watches. */
export const figure: Figure = {
  group: "faces",
  name: "SSE: one event to 1,000 watchers, p99 / half a second",
  unit: "ms",
  aim: { op: "<=", value: 1 },
  async measure() {
    const registry = await startRegistry();
    const [client] = await makeClients(registry, 1);
    if (client === undefined) throw new Error("no client");
    const before_kb = await residentKb(registry.pid);
    const watchers: Watcher[] = [];
    for (let i = 0; i < WATCHERS; i++) watchers.push(await watch(registry.url));
    const after_kb = await residentKb(registry.pid);
    const waits_ms: number[] = [];
    for (let event = 0; event < EVENTS; event++) {
      const request = requestOf([await signUpdate(client, registry.node_id)]);
      const heard = watchers.map((watcher) => watcher.heard('"type":"gpu.updated"'));
      const start_ms = performance.now();
      await post(client, request);
      for (const at_ms of await Promise.all(heard)) waits_ms.push(at_ms - start_ms);
    }
    for (const { conn } of watchers) conn.close();
    client.http.close();
    await registry.close();
    waits_ms.sort((a, b) => a - b);
    const at = (share: number) => waits_ms[Math.ceil(share * waits_ms.length) - 1] ?? NaN;
    const limit_ms = 500;
    const note = `p50 ${at(0.5).toFixed(0)} ms, last ${at(1).toFixed(0)} ms; ` +
      `${((after_kb - before_kb) / WATCHERS).toFixed(0)} KB a watcher; ` +
      `from the sending of the intent, its commit included`;
    return { ours: at(0.99), against: limit_ms, ratio: at(0.99) / limit_ms, note };
  },
};

async function watch(url: URL): Promise<Watcher> {
  const conn = await Deno.connect({ hostname: url.hostname, port: Number(url.port) });
  const request =
    `GET /v1/events HTTP/1.1\r\nhost: ${url.host}\r\naccept: text/event-stream\r\n\r\n`;
  await conn.write(new TextEncoder().encode(request));
  const buffer = new Uint8Array(4096);
  let wanted: { text: string; resolve(at_ms: number): void } | null = null;
  const started = Promise.withResolvers<void>();
  const read = async () => {
    for (let count; (count = await conn.read(buffer).catch(() => null)) !== null;) {
      started.resolve();
      if (wanted === null || !decoder.decode(buffer.subarray(0, count)).includes(wanted.text)) {
        continue;
      }
      wanted.resolve(performance.now());
      wanted = null;
    }
  };
  void read();
  await started.promise;
  return { conn, heard: (text) => new Promise((resolve) => wanted = { text, resolve }) };
}

async function residentKb(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? NaN);
}
