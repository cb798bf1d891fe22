import { TextLineStream } from "@std/streams/text-line-stream";
import { serveKvConnect } from "./kv_connect_server.ts";

/** A shared store that a test starts, ends, and starts again where it was. */
export interface SharedStoreServer extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  /** Ends it, at once, as a machine that loses its power. */
  stop(): Promise<void>;
  /** Starts it again on the same port and the same data. */
  start(): Promise<void>;
}

/** A kind of shared store, as the tests and benches name it. */
export interface StoreKind {
  name: string;
  open(): Promise<SharedStoreServer>;
}

/** Access token of every store here. */
export const TOKEN = "a-token-of-the-tests";

/** Our own fixture. */
const FIXTURE: StoreKind = { name: "our fixture", open: openFixture };

/** The kinds of store that are here: the fixture, and a real `denokv` where the machine has one. */
export function storeKinds(): StoreKind[] {
  const program = findDenokv();
  if (program !== null) return [FIXTURE, { name: "denokv", open: () => openDenokv(program) }];
  console.log("denokv is not here (HORIZON_DENOKV, PATH, ~/.cargo/bin): its tests are skipped");
  return [FIXTURE];
}

/** The real store where it is here, else the fixture. */
export function bestStoreKind(): StoreKind {
  return storeKinds().at(-1) ?? FIXTURE;
}

/** Path of a `denokv` program on this machine, or null. */
function findDenokv(): string | null {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  const candidates = [
    Deno.env.get("HORIZON_DENOKV"),
    ...folders.map((folder) => `${folder}/denokv`),
    `${Deno.env.get("HOME") ?? ""}/.cargo/bin/denokv`,
  ];
  for (const path of candidates) {
    try {
      if (path !== undefined && Deno.statSync(path).isFile) return path;
    } catch {
      // It is not there.
    }
  }
  return null;
}

async function openFixture(): Promise<SharedStoreServer> {
  const folder = await Deno.makeTempDir({ prefix: "horizon-fixture-" });
  let server = await serveKvConnect(`${folder}/store.kv`, { tokens: [TOKEN] });
  const { url, port } = server;
  let isUp = true;
  const stop = async () => {
    if (!isUp) return;
    isUp = false;
    await server.close();
  };
  return {
    url,
    token: TOKEN,
    stop,
    async start() {
      server = await serveKvConnect(`${folder}/store.kv`, { tokens: [TOKEN], port });
      isUp = true;
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function openDenokv(program: string): Promise<SharedStoreServer> {
  const folder = await Deno.makeTempDir({ prefix: "horizon-denokv-" });
  const port = freePort();
  let child = await spawnDenokv(program, folder, port);
  let isUp = true;
  const stop = async () => {
    if (!isUp) return;
    isUp = false;
    child.kill("SIGKILL");
    await child.status;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    token: TOKEN,
    stop,
    async start() {
      child = await spawnDenokv(program, folder, port);
      isUp = true;
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Starts it and waits until it says that it listens. */
async function spawnDenokv(
  program: string,
  folder: string,
  port: number,
): Promise<Deno.ChildProcess> {
  const child = new Deno.Command(program, {
    args: ["--sqlite-path", `${folder}/store.sqlite`, "serve", "--addr", `127.0.0.1:${port}`],
    env: { DENO_KV_ACCESS_TOKEN: TOKEN, RUST_LOG: "info" },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const listening = Promise.withResolvers<void>();
  const read = async () => {
    const lines = child.stderr.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    const said: string[] = [];
    for await (const line of lines) {
      said.push(line);
      if (/listening/i.test(line)) listening.resolve();
    }
    listening.reject(new Error(`denokv ended: ${said.join("\n")}`));
  };
  read();
  await listening.promise;
  return child;
}

/** A port that nobody listens on now. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
