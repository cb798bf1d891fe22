import { encodeBase64Url } from "@std/encoding/base64url";
import { type Identity, identityOf, newSecret } from "../src/base/identity.ts";
import { newId } from "../src/base/ids.ts";
import { canonicalBytes } from "../src/base/json.ts";
import { API_BASE } from "../src/protocol/api.ts";
import type { Verdict } from "../src/protocol/gpu.ts";
import type { IntentBody, IntentType } from "../src/protocol/intent.ts";
import { LIMITS } from "../src/protocol/limits.ts";
import type { Registry } from "../src/registry/registry.ts";

const BATCH = 500;
const TYPES = ["RTX 3060", "RTX 3090", "RTX 4090", "A100", "H100"];

/** Registers GPUs of several owners, and has the registry judge each of them as verified. */
export async function listGpus(registry: Registry, count: number): Promise<void> {
  for (let done = 0; done < count; done += BATCH) {
    const owner = identityOf(newSecret());
    const envelopes: string[] = [];
    for (let i = done; i < Math.min(count, done + BATCH); i++) {
      const gpu = gpuBody(`gpu-${i}`, 50_000 + (i * 7919) % 1_950_000, TYPES[i % 5]);
      envelopes.push(await signEnvelope(owner, registry.node_id, "gpu.register", gpu));
    }
    await submit(registry, envelopes);
    const verdicts: string[] = [];
    for (let i = done; i < Math.min(count, done + BATCH); i++) {
      const body = judgeBody(`gpu-${i}`, TYPES[i % 5] ?? "");
      verdicts.push(await signEnvelope(registry.node, registry.node_id, "gpu.judge", body));
    }
    await submit(registry, verdicts);
  }
}

/** The JSON of a signed envelope. */
export async function signEnvelope<T extends IntentType>(
  identity: Identity,
  node_id: string,
  type: T,
  body: IntentBody<T>,
): Promise<string> {
  const now = Date.now();
  const life = { issued_at: now, expires_at: now + LIMITS.intent_life_ms };
  const id = newId(now);
  const intent = { v: 1, id, type, actor: identity.id, registry: node_id, ...life, body };
  const sig = encodeBase64Url(await identity.signAsync(canonicalBytes(intent)));
  return JSON.stringify({ intent, sig });
}

/** What a registration says of a GPU. */
export function gpuBody(
  gpu_id: string,
  price_micros_per_hour: number,
  gpu_type = "RTX 3090",
): IntentBody<"gpu.register"> {
  const figure = (median: number) => ({ median, p10: median * 0.9, p90: median * 1.1 });
  return {
    gpu_id,
    gpu_type,
    vram_gb: 8 * (1 + price_micros_per_hour % 10),
    price_micros_per_hour,
    adapter: {
      vendor: "nvidia",
      architecture: "ampere",
      device: "2204",
      description: `NVIDIA GeForce ${gpu_type}`,
      is_fallback: false,
    },
    performance: {
      self_reported: true,
      measured_at: 1_750_000_000_000,
      fp32_gflops: figure(10_000 + price_micros_per_hour % 30_000),
      fp16_gflops: figure(26_000),
      u32_gops: figure(12_000),
      memory_gbps: figure(850),
      upload_gbps: figure(11),
      download_gbps: figure(11),
      launch_us: figure(30),
    },
  };
}

/** A verdict of the registry's own that a GPU is what it claims. */
export function judgeBody(gpu_id: string, gpu_class: string): IntentBody<"gpu.judge"> {
  const verdict: Verdict = {
    verdict: "verified",
    class: gpu_class,
    reason: `Its figures are those of the ${gpu_class}.`,
    figures: { gops: 12_000, elapsed_ms: 11, m: 4096, k: 4096, n: 4096 },
    contradicts: [],
    step: null,
  };
  const challenge_id = newId(Date.now());
  return { gpu_id, challenge_id, verdict, root: null, indices: [], answer_sha256: null };
}

async function submit(registry: Registry, envelopes: readonly string[]): Promise<void> {
  const request = new Request(`http://registry${API_BASE}/intents`, {
    method: "POST",
    body: `{"envelopes":[${envelopes}]}`,
  });
  const text = await (await registry.fetch(request)).text();
  if (text.includes('"ok":false')) throw new Error(`the registry refused: ${text.slice(0, 500)}`);
}
