import { type ServerChild, startFileServer, startRegistry } from "./registry_load.ts";

/** What a client in a process of its own is told to send and fetch. */
export interface TransferOrder {
  url: string;
  node_id: string;
  /** Of the registry, whose word lists the GPU. */
  data_folder: string;
  registry_pid: number;
  gpu_id: string;
  from: string;
  to: string;
}

/** What it took, and the most memory above idle. */
export interface Transfer {
  up_ms: number;
  down_ms: number;
  registry_mib: number;
  client_mib: number;
}

/** What curl took for the same file, with a server that only stores and sends it. */
export type PlainTransfer = Pick<Transfer, "up_ms" | "down_ms">;

const CHUNK_BYTES = 64 * 1024;

/** Sends and fetches a file of random bytes, in turn with curl; a first round warms both. */
export async function runTransfers(
  { rounds, size_bytes }: { rounds: number; size_bytes: number },
): Promise<{ first: Transfer; ours: Transfer[]; plain: PlainTransfer[] }> {
  const folder = await Deno.makeTempDir();
  const [registry, files] = await Promise.all([startRegistry(), startFileServer(folder)]);
  const both = async (round: number) => {
    await fill(`${folder}/in`, size_bytes);
    const ours = await viaRegistry(registry, folder, `gpu-${round}`);
    const plain = await viaCurl(files.url, folder);
    for (const name of ["out", "up", "down"]) await Deno.remove(`${folder}/${name}`);
    return { ours, plain };
  };
  try {
    const { ours: first } = await both(0);
    const taken = [];
    for (let round = 1; round <= rounds; round++) taken.push(await both(round));
    return { first, ours: taken.map(({ ours }) => ours), plain: taken.map(({ plain }) => plain) };
  } finally {
    await Promise.all([registry.close(), files.close()]);
    await Deno.remove(folder, { recursive: true });
  }
}

async function viaRegistry(
  { url, node_id, folder: data_folder, pid }: ServerChild,
  folder: string,
  gpu_id: string,
): Promise<Transfer> {
  const order: TransferOrder = {
    url: url.href.replace(/\/$/, ""),
    node_id,
    data_folder,
    registry_pid: pid,
    gpu_id,
    from: `${folder}/in`,
    to: `${folder}/out`,
  };
  const script = new URL("transfer_child.ts", import.meta.url).pathname;
  const args = ["run", "--frozen", "-A", script, JSON.stringify(order)];
  return JSON.parse(await outputOf(Deno.execPath(), args));
}

async function viaCurl(url: URL, folder: string): Promise<PlainTransfer> {
  const timed = async (args: string[]) => {
    const began_ms = performance.now();
    await outputOf("curl", ["--silent", "--fail", "--show-error", ...args]);
    return performance.now() - began_ms;
  };
  const up_ms = await timed(["--upload-file", `${folder}/in`, new URL("up", url).href]);
  const down_ms = await timed(["--output", `${folder}/down`, new URL("in", url).href]);
  return { up_ms, down_ms };
}

async function outputOf(command: string, args: string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command(command, { args, stderr: "inherit" }).output();
  if (!success) throw new Error(`${command} failed`);
  return new TextDecoder().decode(stdout);
}

async function fill(path: string, size_bytes: number): Promise<void> {
  const chunk = new Uint8Array(CHUNK_BYTES);
  using file = await Deno.create(path);
  for (let done = 0; done < size_bytes; done += chunk.length) {
    await file.write(crypto.getRandomValues(chunk));
  }
  await file.sync();
}
