import { TextLineStream } from "@std/streams/text-line-stream";
import { frameOf } from "../src/registry/grpc/frames.ts";
import { codecOf } from "../src/registry/grpc/codecs.ts";
import { type Measured, paired, type Skipped } from "./figure.ts";
import { spawnServer, startGrpcListing } from "./registry_load.ts";

const PACKAGES = ["@grpc/grpc-js@1.14.7", "@grpc/proto-loader@0.8.1"];
const PROTO = new URL("../src/protocol/proto/", import.meta.url).pathname;
const GPUS = 10_000;
const ROUNDS = 5;

/** Answers a second of one method, by a registry and by @grpc/grpc-js on Node.js with the same GPUs. */
export async function measureGrpc(
  method: "ListGpus" | "GetGpu",
  message: Record<string, unknown>,
  calls: number,
): Promise<Measured | Skipped> {
  const packages = await install();
  if (packages === null) return { skipped: "Node.js with @grpc/grpc-js can't be had" };
  const ours = await startGrpcListing(GPUS);
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, JSON.stringify(await pageOf(ours.url)));
  const env = { NODE_PATH: `${packages}/node_modules` };
  const rival = (await spawnServer(
    new Deno.Command("node", {
      args: [rivalPath("grpc_js_server.cjs"), PROTO, file],
      env,
      stdin: "piped",
      stdout: "piped",
    }),
  )).server;
  const frame = frameOf(codecOf(`horizon.v1.${method}Request`).encode(message)).toHex();
  const path = `/horizon.v1.Marketplace/${method}`;
  const [a, b] = [new Load(ours.url, path, frame), new Load(rival.url, path, frame)];
  const measured = await paired(ROUNDS, () => a.run(calls), () => b.run(calls));
  for (const one of [a, b, ours, rival]) await one.close();
  await Deno.remove(packages, { recursive: true });
  await Deno.remove(file);
  return { ...measured, ratio: measured.ours / measured.against };
}

/** A process of Node.js that makes calls. */
class Load {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: AsyncIterator<string>;

  constructor(url: URL, path: string, frame: string) {
    const args = [rivalPath("grpc_load.cjs"), url.href, path, frame];
    this.#child = new Deno.Command("node", { args, stdin: "piped", stdout: "piped" }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())[Symbol.asyncIterator]();
  }

  /** Makes so many calls; how many are answered a second. */
  async run(calls: number): Promise<number> {
    await this.#writer.write(new TextEncoder().encode(`${calls}\n`));
    return Number((await this.#lines.next()).value);
  }

  async close(): Promise<void> {
    await this.#writer.close();
    await this.#child.status;
  }
}

/** The page that both answer with, read over gRPC itself. */
async function pageOf(url: URL): Promise<unknown> {
  const { connect } = await import("node:http2");
  const session = connect(url);
  const stream = session.request({
    ":method": "POST",
    ":path": "/horizon.v1.Marketplace/ListGpus",
    "content-type": "application/grpc",
  });
  stream.end(frameOf(codecOf("horizon.v1.ListGpusRequest").encode({ limit: 50 })));
  const parts: Uint8Array[] = await Array.fromAsync(stream);
  session.close();
  const bytes = Uint8Array.from(parts.flatMap((part) => [...part])).subarray(5);
  return codecOf("horizon.v1.GpuPage").decode(bytes);
}

async function install(): Promise<string | null> {
  const folder = await Deno.makeTempDir();
  const args = ["install", "--no-audit", "--no-fund", "--prefix", folder, ...PACKAGES];
  const { success } = await new Deno.Command("npm", { args, stdout: "null", stderr: "null" })
    .output().catch(() => ({ success: false }));
  return success ? folder : null;
}

function rivalPath(name: string): string {
  return new URL(`./rivals/${name}`, import.meta.url).pathname;
}
