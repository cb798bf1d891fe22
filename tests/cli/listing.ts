import { keyFilePath, loadKeyFile, NODE_KEY_FILE } from "../../src/base/keyfile.ts";
import { parseDollars } from "../../src/base/money.ts";
import { Client, fetchNode } from "../../src/client/client.ts";
import { localTransport, readLocalAccess } from "../../src/client/local.ts";
import { httpTransport, inProcessTransport, type Transport } from "../../src/client/transport.ts";
import { openRegistry } from "../../src/registry/registry.ts";
import type { Person } from "./person.ts";

export interface Listing {
  gpu_id: string;
  price: string;
  verdict?: "verified" | "software" | "failed";
}

const SPREAD = { median: 100, p10: 90, p90: 110 };
const MAIN_URL = new URL("../../src/main.ts", import.meta.url).href;

/**
 * Lists a GPU of the owner's at the registry of a data folder, the way the registry itself does after
 * a proof: the operator's key signs the verdict. Needs no adapter, so these tests run everywhere.
 */
export async function listGpu(owner: Person, listing: Listing, folder?: string): Promise<void> {
  const data = folder ?? `${owner.home}/data`;
  const access = await readLocalAccess(data);
  if (access !== null) return await register(owner, listing, data, localTransport(access));
  const registry = await openRegistry({ folder: data, mode: "embedded", main_url: MAIN_URL });
  try {
    await register(owner, listing, data, inProcessTransport((request) => registry.fetch(request)));
  } finally {
    await registry.close();
  }
}

/** Shows the registry a sign of life of a listed GPU, as its provider does. */
export async function bringOnline(owner: Person, gpu_id: string, url: string): Promise<void> {
  const identity = await loadKeyFile(keyFilePath(`${owner.home}/config`, null));
  const transport = httpTransport(url);
  const { node_id } = await fetchNode(transport);
  const client = new Client({ transport, identity, node_id });
  await client.poll({ gpus: [gpu_id], jobs: [], wait_ms: 0 });
}

/**
 * Answers the next complaint about a GPU at a served registry as the registry itself does after a
 * proof. `begun` resolves once it listens for one.
 */
export function answerComplaint(
  gpu_id: string,
  verdict: "verified" | "failed",
  served: { folder: string; url: string },
): { begun: Promise<void>; answered: Promise<void> } {
  const begun = Promise.withResolvers<void>();
  const answered = answerNext(gpu_id, verdict, served, begun.resolve);
  void answered.catch(begun.reject);
  return { begun: begun.promise, answered };
}

async function answerNext(
  gpu_id: string,
  verdict: "verified" | "failed",
  { folder, url }: { folder: string; url: string },
  begun: () => void,
): Promise<void> {
  const identity = await loadKeyFile(`${folder}/${NODE_KEY_FILE}`);
  const client = new Client({ transport: httpTransport(url), identity, node_id: identity.id });
  const { head } = await client.node();
  begun();
  for await (const event of client.events(head.seq, new AbortController().signal)) {
    if (event.type === "gpu.challenged" && event.data.gpu_id === gpu_id) break;
  }
  await judge(client, gpu_id, verdict);
}

async function register(owner: Person, listing: Listing, data: string, transport: Transport) {
  const { gpu_id, price, verdict = "verified" } = listing;
  const identity = await loadKeyFile(keyFilePath(`${owner.home}/config`, null));
  const operator = await loadKeyFile(`${data}/${NODE_KEY_FILE}`);
  const { node_id } = await fetchNode(transport);
  const client = new Client({ transport, identity, node_id });
  await client.submit("gpu.register", {
    gpu_id,
    gpu_type: "RTX 3090",
    vram_gb: 24,
    price_micros_per_hour: parseDollars(price, "The price"),
    adapter: {
      vendor: "nvidia",
      architecture: "",
      device: "",
      description: "",
      is_fallback: false,
    },
    performance: {
      self_reported: true,
      measured_at: 0,
      fp32_gflops: SPREAD,
      fp16_gflops: null,
      u32_gops: SPREAD,
      memory_gbps: SPREAD,
      upload_gbps: SPREAD,
      download_gbps: SPREAD,
      launch_us: SPREAD,
    },
  });
  await judge(client.as(operator), gpu_id, verdict);
}

async function judge(
  operator: Client,
  gpu_id: string,
  verdict: "verified" | "software" | "failed",
) {
  await operator.submit("gpu.judge", {
    gpu_id,
    challenge_id: "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    verdict: {
      verdict,
      class: "RTX 3090",
      reason: "test",
      figures: { gops: 1, elapsed_ms: 1, m: 64, k: 64, n: 64 },
      contradicts: [],
      step: null,
    },
    root: null,
    indices: [],
    answer_sha256: null,
  });
}
