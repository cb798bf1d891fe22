/**
 * A whole program on Horizon: finds the cheapest free GPU, rents it for a minute, has it double a
 * thousand numbers, and prints the first ones and the bill.
 *
 *   deno run --allow-net --allow-read src/client/example.ts <registry url> <key file>
 */
import {
  type Client,
  fetchManifest,
  followJob,
  formatDollars,
  loadKeyFile,
  openClient,
  submitJob,
} from "./mod.ts";

const NUMBERS = Uint32Array.from({ length: 1_000 }, (_, i) => i);
const SHADER = `
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&x)) { y[id.x] = 2 * x[id.x]; }
}`;

/** Rents the cheapest GPU that is free; its id and the lease. */
async function rentCheapest(client: Client): Promise<{ gpu_id: string; lease_id: string }> {
  const [gpu] = (await client.gpus({ sort: "price", limit: 1, home: client.node_id })).gpus;
  if (gpu?.verdict === null || gpu === undefined) throw new Error("no GPU is free");
  const { verdict, class: chip } = gpu.verdict;
  if (verdict !== "verified" && verdict !== "software") throw new Error("no GPU is proven");
  const { data } = await client.submit("lease.rent", {
    gpu_id: gpu.gpu_id,
    duration_s: 60,
    max_price_micros_per_hour: gpu.price_micros_per_hour,
    expected: { verdict, class: chip },
  });
  return { gpu_id: gpu.gpu_id, lease_id: String(data.lease_id) };
}

/** Runs the shader on a leased GPU; the doubled numbers. */
async function double(client: Client, gpu_id: string): Promise<Uint32Array> {
  const x = await client.blobs.putBytes(new Uint8Array(NUMBERS.buffer));
  const job_id = await submitJob(client, gpu_id, {
    name: "double",
    kind: "wgsl",
    wgsl: {
      shader: SHADER,
      entry: "main",
      bindings: [
        { group: 0, binding: 0, type: "read-only-storage", input: "x" },
        { group: 0, binding: 1, type: "storage", output: "y", size_bytes: NUMBERS.byteLength },
      ],
      dispatch: [Math.ceil(NUMBERS.length / 64), 1, 1],
      repeat: 1,
    },
    outputs: ["y"],
    metrics: [],
    limits: { time_s: 60, memory_mb: 256, vram_mb: 64, output_mb: 1 },
    retry: { attempts: 0, on: ["lost"] },
  }, { x });
  const onLine = ({ kind, text }: { kind: string; text: string }) => console.error(kind, text);
  const job = await followJob(client, job_id, { onLine, signal: new AbortController().signal });
  const { result: { outputs } } = await fetchManifest(client, job);
  const y = outputs.y;
  if (y === undefined) throw new Error("the job has no output y");
  return new Uint32Array((await client.blobs.bytes(job_id, y.sha256, y.size_bytes)).buffer);
}

const [url = "http://127.0.0.1:8420", key_file = "key.pem"] = Deno.args;
const client = await openClient(url, { identity: await loadKeyFile(key_file) });
const { gpu_id, lease_id } = await rentCheapest(client);
try {
  const doubled = await double(client, gpu_id);
  console.log(`${gpu_id} doubled ${doubled.length} numbers: ${doubled.slice(0, 5).join(" ")} …`);
} finally {
  await client.submit("lease.end", { lease_id });
}
const { cost_micros } = await client.lease(lease_id);
console.log(`It cost ${formatDollars(cost_micros)}.`);
