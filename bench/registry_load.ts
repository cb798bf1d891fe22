import { TextLineStream } from "@std/streams/text-line-stream";
import { type Identity, identityOf, newSecret } from "../src/base/identity.ts";
import { API_BASE } from "../src/protocol/api.ts";
import { type RawAnswer, RawHttp } from "./raw_http.ts";
import { gpuBody, signEnvelope } from "./registry_seed.ts";

/** A server in a child process. */
export interface ServerChild {
  url: URL;
  node_id: string;
  /** The data folder, of a registry that tells it. */
  folder: string;
  pid: number;
  close(): Promise<void>;
}

/** A served registry on a temporary folder. */
export function startRegistry(): Promise<ServerChild> {
  return startChild("registry_child.ts", ["served", "0"]);
}

/** An embedded registry, where every GPU counts as online, with that many on its list. */
export function startListing(gpus: number): Promise<ServerChild> {
  return startChild("registry_child.ts", ["embedded", String(gpus)]);
}

/** An embedded registry with that many GPUs, which speaks gRPC at its URL. */
export function startGrpcListing(gpus: number): Promise<ServerChild> {
  return startChild("grpc_child.ts", [String(gpus)]);
}

/** A served registry whose feed has so many events, with real signatures. */
export function startFeed(events: number): Promise<ServerChild> {
  return startChild("feed_child.ts", [String(events)]);
}

/** A bare `Deno.serve` that answers every request with the bytes of a file. */
export function startRawServer(path: string): Promise<ServerChild> {
  return startChild("rivals/raw_serve.ts", [path]);
}

/** A bare `Deno.serve` that sends and stores files of a folder. */
export function startFileServer(folder: string): Promise<ServerChild> {
  return startChild("rivals/file_serve.ts", [folder]);
}

/** A registry in a child process that connects others when it is told to. */
export interface PeerChild extends ServerChild {
  connect(url: URL): Promise<void>;
}

/** A served registry that follows others. */
export async function startPeer(): Promise<PeerChild> {
  const { server, child, lines } = await spawnServer(scriptOf("peer_child.ts", []));
  const stdin = child.stdin.getWriter();
  return {
    ...server,
    async connect(url) {
      await stdin.write(new TextEncoder().encode(`${url.href.replace(/\/$/, "")}\n`));
      if ((await lines.next()).value !== "{}") throw new Error(`${url} can't be connected`);
    },
    async close() {
      await stdin.close();
      await child.status;
    },
  };
}

/** A registry that checks proofs while it is told to. */
export interface VerifyingChild extends ServerChild {
  /** Begins or ends it; how many it has checked so far. */
  toggle(): Promise<number>;
}

/** A served registry that can check so many proofs at a time beside its work. */
export async function startVerifying(proofs: number): Promise<VerifyingChild> {
  const { server, child, lines } = await spawnServer(scriptOf("verify_child.ts", [String(proofs)]));
  const stdin = child.stdin.getWriter();
  return {
    ...server,
    async toggle() {
      await stdin.write(new TextEncoder().encode("\n"));
      return Number((await lines.next()).value);
    },
    async close() {
      await stdin.close();
      await child.status;
    },
  };
}

async function startChild(script: string, args: string[]): Promise<ServerChild> {
  return (await spawnServer(scriptOf(script, args))).server;
}

function scriptOf(script: string, args: string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--frozen", "-A", new URL(script, import.meta.url).pathname, ...args],
    stdin: "piped",
    stdout: "piped",
  });
}

/** A server that prints where it is as its first line, and ends with its standard input. */
export async function spawnServer(command: Deno.Command) {
  const child = command.spawn();
  const text = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  const lines = text[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done) throw new Error("a server did not start");
  const { url, node_id, folder = "" } = JSON.parse(first.value);
  const close = async () => {
    await child.stdin.close();
    await child.status;
  };
  const server: ServerChild = { url: new URL(url), node_id, folder, pid: child.pid, close };
  return { server, child, lines };
}

/** A client with a key and a connection of its own, and one GPU that it re-prices. */
export interface LoadClient {
  identity: Identity;
  gpu_id: string;
  http: RawHttp;
}

/** Makes clients and registers a GPU for each, by the name and a number. */
export async function makeClients(
  registry: ServerChild,
  count: number,
  name = "load",
): Promise<LoadClient[]> {
  const clients: LoadClient[] = [];
  for (let i = 0; i < count; i++) {
    const identity = identityOf(newSecret());
    const http = await RawHttp.connect(registry.url);
    const client = { identity, gpu_id: `${name}-${i}`, http };
    const body = gpuBody(client.gpu_id, 300_000 + i);
    const envelope = await signEnvelope(identity, registry.node_id, "gpu.register", body);
    await post(client, requestOf([envelope]));
    clients.push(client);
  }
  return clients;
}

/** Signs an intent that a client may send again and again, each time anew. */
export type SignIntent = (client: LoadClient, node_id: string) => Promise<string>;

/** Re-prices the client's GPU. */
export const signUpdate: SignIntent = ({ identity, gpu_id }, node_id) => {
  const price_micros_per_hour = 100_000 + Math.floor(Math.random() * 900_000);
  return signEnvelope(identity, node_id, "gpu.update", { gpu_id, price_micros_per_hour });
};

/** Orders a GPU of a class for a minute; it holds money, and rests where no GPU is free. */
export const signOrder: SignIntent = ({ identity }, node_id) => {
  const price_micros_per_hour = 1_000 + Math.floor(Math.random() * 9_000);
  return signEnvelope(identity, node_id, "bid.place", {
    gpu_id: null,
    where: `vram_gb>=${8 * (1 + price_micros_per_hour % 10)}`,
    price_micros_per_hour,
    quantity: 1,
    duration_s: 60,
    expires_at: null,
  });
};

/** A whole HTTP request with `size` intents of the client. */
export async function signedRequest(
  client: LoadClient,
  node_id: string,
  size: number,
  sign: SignIntent,
): Promise<Uint8Array<ArrayBuffer>> {
  const envelopes: string[] = [];
  for (let i = 0; i < size; i++) envelopes.push(await sign(client, node_id));
  return requestOf(envelopes);
}

/** Sends a request, and throws unless every intent in it was accepted. */
export async function post(client: LoadClient, request: Uint8Array<ArrayBuffer>): Promise<void> {
  const answer = await client.http.send(request);
  if (answer.status !== 200 || answer.text().includes('"ok":false')) {
    throw new Error(`refused: ${answer.text()}`);
  }
}

/** Answers a second that a server gives to connections that each ask again and again. */
export async function answersPerSecond(
  connections: readonly RawHttp[],
  request: Uint8Array<ArrayBuffer>,
  each: number,
): Promise<number> {
  const start_ms = performance.now();
  await Promise.all(connections.map(async (http) => {
    for (let i = 0; i < each; i++) checkOk(await http.send(request));
  }));
  return connections.length * each / (performance.now() - start_ms) * 1000;
}

/** Throws unless the answer is a page. */
export function checkOk(answer: RawAnswer): void {
  if (answer.status !== 200) throw new Error(`refused: ${answer.text()}`);
}

/** Signatures that one core verifies a second by WebCrypto, over intents as the load has them. */
export async function verificationsPerSecond(count: number): Promise<number> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("publicKey" in pair)) throw new Error("no key pair");
  const message = crypto.getRandomValues(new Uint8Array(420));
  const signature = await crypto.subtle.sign("Ed25519", pair.privateKey, message);
  const start_ms = performance.now();
  for (let i = 0; i < count; i++) {
    await crypto.subtle.verify("Ed25519", pair.publicKey, signature, message);
  }
  return count / (performance.now() - start_ms) * 1000;
}

/** A whole HTTP request that posts these envelopes. */
export function requestOf(envelopes: readonly string[]): Uint8Array<ArrayBuffer> {
  return RawHttp.request("POST", `${API_BASE}/intents`, `{"envelopes":[${envelopes}]}`);
}
