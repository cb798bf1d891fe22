import { TextLineStream } from "@std/streams/text-line-stream";
import { type Figure, type Measured, median } from "../figure.ts";
import {
  type LoadClient,
  makeClients,
  post,
  type ServerChild,
  signedRequest,
  signUpdate,
  startRegistry,
} from "../registry_load.ts";

const WRITERS = 8;
const ROUNDS = 5;
/** What the feed holds before: by so many clients, each with its requests and the intents in one. */
const STOCK = { clients: 16, requests: 28, intents: 64 };
/** Proof answers that lie beside the feed, and the size of each. */
const ANSWERS = 32;
const ANSWER_BYTES = 1024 * 1024;
/** Writes before a backup, by all clients; during one they go on until it ends. */
const WRITES = 2_000;
/** A writer's pause between an answer and its next write: the registry is busy, and not overrun. */
const PAUSE_MS = 5;

/** What a backup costs those who write meanwhile. */
export const figure: Figure = {
  group: "network",
  name: "backup of a registry under write load: p99 of writes during / before",
  unit: "ms",
  aim: { op: "<=", value: 2 },
  async measure() {
    const registry = await startRegistry();
    const scratch = await Deno.makeTempDir();
    try {
      return await measureOn(registry, scratch);
    } finally {
      await registry.close();
      await Deno.remove(scratch, { recursive: true });
    }
  },
};

async function measureOn(registry: ServerChild, scratch: string): Promise<Measured> {
  const clients = await makeClients(registry, WRITERS);
  await fill(registry);
  const taker = await startTaker(registry);
  const during: number[] = [];
  const before: number[] = [];
  let backup_ms = 0;
  let size_bytes = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    let left = WRITES;
    const quiet = await p99Of(registry, clients, () => left-- > 0);
    let isDone = false;
    const start_ms = performance.now();
    const taken = taker.take(`${scratch}/${round}`).finally(() => isDone = true);
    const loaded = await p99Of(registry, clients, () => !isDone);
    size_bytes = await taken;
    // The first round warms up.
    if (round === 0) continue;
    backup_ms = performance.now() - start_ms;
    before.push(quiet);
    during.push(loaded);
  }
  await taker.close();
  for (const { http } of clients) http.close();
  const [ours, against] = [median(during), median(before)];
  const note = `${WRITERS} writers; the last backup: ${Math.round(size_bytes / 1e6)} MB in ` +
    `${Math.round(backup_ms)} ms`;
  return { ours, against, ratio: ours / against, note };
}

async function fill(registry: ServerChild): Promise<void> {
  const clients = await makeClients(registry, STOCK.clients, "stock");
  await Promise.all(clients.map(async (client) => {
    for (let i = 0; i < STOCK.requests; i++) {
      await post(client, await signedRequest(client, registry.node_id, STOCK.intents, signUpdate));
    }
    client.http.close();
  }));
  const answer = crypto.getRandomValues(new Uint8Array(64 * 1024));
  for (let i = 0; i < ANSWERS; i++) {
    const path = `${registry.folder}/proofs/gpu-${i}.answer`;
    using file = await Deno.open(path, { write: true, create: true });
    for (let at = 0; at < ANSWER_BYTES; at += answer.length) await file.write(answer);
  }
}

/** The 99th percentile of the writes' times, in milliseconds, while `goesOn`. */
async function p99Of(
  registry: ServerChild,
  clients: readonly LoadClient[],
  goesOn: () => boolean,
): Promise<number> {
  const times_ms: number[] = [];
  await Promise.all(clients.map(async (client) => {
    while (goesOn()) {
      const request = await signedRequest(client, registry.node_id, 1, signUpdate);
      const start_ms = performance.now();
      await post(client, request);
      times_ms.push(performance.now() - start_ms);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }));
  times_ms.sort((a, b) => a - b);
  return times_ms[Math.floor(times_ms.length * 0.99)] ?? NaN;
}

/** A process that takes a backup of the registry when it is told to, and says how large it is. */
async function startTaker(registry: ServerChild) {
  const script = new URL("../backup_child.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--frozen", "-A", script, registry.folder],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const text = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  const lines = text[Symbol.asyncIterator]();
  const stdin = child.stdin.getWriter();
  await lines.next();
  return {
    async take(path: string): Promise<number> {
      await stdin.write(new TextEncoder().encode(`${path}\n`));
      // The command's own answer, then its exit code.
      await lines.next();
      const { value } = await lines.next();
      if (value !== "0") throw new Error(`the backup ended with ${value}`);
      return (await Deno.stat(path)).size;
    },
    async close(): Promise<void> {
      await stdin.close();
      await child.status;
    },
  };
}
