import type { Identity } from "../../src/base/identity.ts";
import { identityOf, newSecret } from "../../src/base/identity.ts";
import { loadKeyFile, NODE_KEY_FILE } from "../../src/base/keyfile.ts";
import { Client } from "../../src/client/client.ts";
import { httpTransport } from "../../src/client/transport.ts";
import type { IntentBody } from "../../src/protocol/intent.ts";
import type { Home, Running } from "./binary.ts";

/** A registry of the compiled binary, and ways to talk to it. */
export interface Served {
  process: Running;
  url: string;
  node_id: string;
  /** Signs as the registry itself: the test reads its key as the operator may. */
  operator: Client;
  as(identity: Identity): Client;
}

/** Starts `horizon serve` in the home's own data folder, on a free port unless one is named. */
export async function serve(
  home: Home,
  args: readonly string[] = [],
  port = 0,
): Promise<Served> {
  return await whenServed(home, startServing(home, args, port));
}

/** Starts it without waiting until it serves. */
export function startServing(home: Home, args: readonly string[], port: number): Running {
  return home.start(["serve", "--port", String(port), "--json", ...args]);
}

/** Waits until it serves. */
export async function whenServed(home: Home, process: Running): Promise<Served> {
  const [line] = await process.line(/^\{.*"url".*$/);
  const { url, node_id }: { url: string; node_id: string } = JSON.parse(line);
  const as = (identity: Identity) =>
    // A test that kills the registry has no time to wait between attempts.
    new Client({ transport: httpTransport(url), identity, node_id, wait: () => Promise.resolve() });
  const operator = as(await loadKeyFile(`${home.folder}/data/${NODE_KEY_FILE}`));
  return { process, url, node_id, operator, as };
}

/** A fresh actor. */
export function newActor(): Identity {
  return identityOf(newSecret());
}

const spread = (median: number) => ({ median, p10: median, p90: median });

/** A GPU to register; its figures are made up, which only a test with the operator's key may judge. */
export function gpuBody(gpu_id: string, price_micros_per_hour: number): IntentBody<"gpu.register"> {
  return {
    gpu_id,
    gpu_type: "RTX 3090",
    vram_gb: 24,
    price_micros_per_hour,
    adapter: {
      vendor: "nvidia",
      architecture: "ampere",
      device: "",
      description: "made up",
      is_fallback: false,
    },
    performance: {
      self_reported: true,
      measured_at: Date.now(),
      fp32_gflops: spread(30_000),
      fp16_gflops: null,
      u32_gops: spread(9_000),
      memory_gbps: spread(900),
      upload_gbps: spread(12),
      download_gbps: spread(12),
      launch_us: spread(20),
    },
  };
}

/** A verdict that lists a GPU without the minutes of a real proof. */
export function judgement(gpu_id: string, challenge_id: string): IntentBody<"gpu.judge"> {
  return {
    gpu_id,
    challenge_id,
    verdict: {
      verdict: "verified",
      class: "RTX 3090",
      reason: "judged by a test that holds the operator's key",
      figures: { gops: 9_000, elapsed_ms: 100, m: 4096, k: 4096, n: 4096 },
      contradicts: [],
      step: null,
    },
    root: null,
    indices: [],
    answer_sha256: null,
  };
}
