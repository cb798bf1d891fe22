import { MessageWriter, readMessage } from "../../src/store/kv_connect/protobuf.ts";
import { decodeValue, encodeValue } from "../../src/store/kv_connect/kv_values.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const DATABASE_ID = "7c0f7e9e-2f0a-4c6e-9f7a-1d5a5e1f0001";
const DATA_TOKEN = "the-token-of-the-data-path";
const DAY_MS = 86_400_000;
const VE_BYTES = 3;
const AW_SUCCESS = 1;
const AW_CHECK_FAILURE = 2;
const SR_SUCCESS = 1;

/** A server that speaks KV Connect over a Deno KV file, as far as a registry's journal needs it. */
export interface KvConnectServer {
  url: string;
  port: number;
  /** Makes requests with this token hang until `restore`: the network is cut for one process. */
  cut(token: string): void;
  restore(token: string): void;
  close(): Promise<void>;
}

/** Serves the file on loopback to whoever has one of the tokens; port 0 takes a free one. */
export async function serveKvConnect(
  path: string,
  { tokens, port = 0 }: { tokens: readonly string[]; port?: number },
): Promise<KvConnectServer> {
  const kv = await Deno.openKv(path);
  const cuts = new Map<string, PromiseWithResolvers<void>>();
  const closing = Promise.withResolvers<void>();
  const server = Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, async (request) => {
    const given = request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "";
    const token = given.replace(`${DATA_TOKEN} `, "");
    const cut = cuts.get(token);
    if (cut !== undefined) await Promise.race([cut.promise, closing.promise]);
    if (!tokens.includes(token)) return new Response("no", { status: 401 });
    const { pathname } = new URL(request.url);
    if (pathname === "/") return metadata(token);
    if (given === token) return new Response("the token is not that of the data", { status: 401 });
    if (request.headers.get("x-denokv-database-id") !== DATABASE_ID) {
      return new Response("another database", { status: 400 });
    }
    const body = new Uint8Array(await request.arrayBuffer());
    if (pathname === "/data/snapshot_read") return new Response(await read(kv, body));
    if (pathname === "/data/atomic_write") return new Response(await write(kv, body));
    return new Response("no such method", { status: 404 });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    port: server.addr.port,
    cut: (token) => void cuts.set(token, Promise.withResolvers()),
    restore(token) {
      cuts.get(token)?.resolve();
      cuts.delete(token);
    },
    async close() {
      closing.resolve();
      await server.shutdown();
      kv.close();
    },
  };
}

function metadata(token: string): Response {
  return Response.json({
    version: 3,
    databaseId: DATABASE_ID,
    endpoints: [{ url: "/data", consistency: "strong" }],
    token: `${DATA_TOKEN} ${token}`,
    expiresAt: new Date(Date.now() + DAY_MS).toISOString(),
  });
}

async function read(kv: Deno.Kv, body: Bytes): Promise<Bytes> {
  const output = new MessageWriter();
  for (const { bytes } of readMessage(body)) {
    const { 1: start, 2: end, 3: limit, 4: reverse } = fields(bytes);
    const range = new MessageWriter();
    const selector = { start: [start!.bytes], end: [end!.bytes] };
    const options = { limit: limit!.number, reverse: reverse?.number === 1, batchSize: 500 };
    for await (const { key: [key], value, versionstamp } of kv.list(selector, options)) {
      if (!(key instanceof Uint8Array)) throw new Error("a key of another kind");
      range.bytes(1, entry(key, value, versionstamp));
    }
    output.bytes(1, range.finish());
  }
  return output.number(4, 1).number(8, SR_SUCCESS).finish();
}

function entry(key: Uint8Array, value: unknown, versionstamp: string): Bytes {
  const stored = value instanceof Uint8Array || typeof value === "number" ? value : NaN;
  const { data, encoding } = encodeValue(stored);
  return new MessageWriter().bytes(1, key).bytes(2, data).number(3, encoding)
    .bytes(4, Uint8Array.fromHex(versionstamp)).finish();
}

async function write(kv: Deno.Kv, body: Bytes): Promise<Bytes> {
  const atomic = kv.atomic();
  for (const { id, bytes } of readMessage(body)) {
    const { 1: key, 2: second, 3: type } = fields(bytes);
    if (id === 1) {
      const versionstamp = second === undefined || second.bytes.length === 0
        ? null
        : second.bytes.toHex();
      atomic.check({ key: [key!.bytes], versionstamp });
    } else if (id === 2 && type?.number === 1) {
      const { 1: data, 2: encoding } = fields(second!.bytes);
      const value = decodeValue(data?.bytes ?? new Uint8Array(0), encoding?.number ?? VE_BYTES);
      if (value === undefined) throw new Error("a value of another kind");
      atomic.set([key!.bytes], value);
    } else throw new Error(`a part ${id} of a write that nobody here sends`);
  }
  const result = await atomic.commit();
  if (!result.ok) return new MessageWriter().number(1, AW_CHECK_FAILURE).finish();
  const stamp = Uint8Array.fromHex(result.versionstamp);
  return new MessageWriter().number(1, AW_SUCCESS).bytes(2, stamp).finish();
}

function fields(message: Bytes) {
  return Object.fromEntries([...readMessage(message)].map((field) => [field.id, field]));
}
