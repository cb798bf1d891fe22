import { TextLineStream } from "@std/streams/text-line-stream";

/** The foreign client: Node.js with the public packages of gRPC, in exact versions. */
const PACKAGES = ["@grpc/grpc-js@1.14.7", "@grpc/proto-loader@0.8.1"];
const PROTO = new URL("../../src/protocol/proto/", import.meta.url).pathname;
const SCRIPT = new URL("./node_client.cjs", import.meta.url).pathname;

/** How a call ended. */
export interface Called {
  /** The answer, or the messages of a stream. */
  answer?: unknown;
  items?: unknown[];
  /** Status code and its words, where it failed. */
  code?: number;
  details?: string;
  /** Of the google.rpc.ErrorInfo. */
  reason?: string;
  metadata?: Record<string, string>;
}

/** A call as the script takes it. */
export interface Calling {
  method: string;
  service?: string;
  message?: Record<string, unknown>;
  token?: string;
  deadline_ms?: number;
  /** Of a stream: the call is cancelled after so many messages. */
  take?: number;
}

let installed: Promise<string | null> | null = null;

/** The folder with the packages; null where Node.js or its packages can't be had. */
export function nodePackages(): Promise<string | null> {
  return installed ??= install();
}

async function install(): Promise<string | null> {
  const folder = await Deno.makeTempDir({ prefix: "horizon-grpc-js-" });
  const args = ["install", "--no-audit", "--no-fund", "--prefix", folder, ...PACKAGES];
  const { success } = await new Deno.Command("npm", { args, stdout: "null", stderr: "null" })
    .output().catch(() => ({ success: false }));
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  return success ? folder : null;
}

/** A Node.js process that makes calls of a gRPC port. */
export class NodeClient implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #waiting = new Map<number, (called: Called) => void>();
  readonly #reading: Promise<void>;
  #last_id = 0;

  constructor(packages: string, address: string, ca_file = "") {
    this.#child = new Deno.Command("node", {
      args: [SCRIPT, address, PROTO, ca_file],
      env: { NODE_PATH: `${packages}/node_modules` },
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    const lines = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    for await (const line of lines) {
      const { id, ...called } = JSON.parse(line);
      this.#waiting.get(id)?.(called);
      this.#waiting.delete(id);
    }
  }

  async call(calling: Calling): Promise<Called> {
    const id = ++this.#last_id;
    const { promise, resolve } = Promise.withResolvers<Called>();
    this.#waiting.set(id, resolve);
    await this.#writer.write(new TextEncoder().encode(JSON.stringify({ id, ...calling }) + "\n"));
    return await promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close();
    await this.#child.status;
    await this.#reading;
  }
}

/** A test with the foreign client; without one it says that it skips. */
export function nodeClientTest(name: string, fn: (packages: string) => Promise<void>): void {
  Deno.test({
    name,
    // The sockets of Node's http2 outlive a test by a turn.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const packages = await nodePackages();
      if (packages === null) console.log("skipped: no Node.js with @grpc/grpc-js");
      else await fn(packages);
    },
  });
}
