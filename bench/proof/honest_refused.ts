import { Client } from "../../src/client/client.ts";
import { httpTransport } from "../../src/client/transport.ts";
import { identityOf, newSecret } from "../../src/base/identity.ts";
import { proveGpu } from "../../src/provider/prove.ts";
import { measureSpeed } from "../../src/gpu/speed.ts";
import { type Listing, register } from "../../tests/attacks/proof/attacker.ts";
import { RawClient } from "../../tests/attacks/proof/raw_client.ts";
import { serveRegistry } from "../../tests/attacks/proof/served_registry.ts";
import type { Figure } from "../figure.ts";

const RUNS = Deno.args.includes("--long") ? 200 : 40;
const spread = (median: number) => ({ median, p10: median, p90: median });

/**
 * Honest proofs by this machine's adapter that are not listed, while every core has something else to
 * do. The prover and its client are the product's own; every other run claims a gigabyte of memory.
 */
export const figure: Figure = {
  group: "proof",
  name: `honest adapters refused under load / ${RUNS} runs`,
  unit: "runs",
  aim: { op: "<=", value: 0 },
  async measure() {
    const { adapter, adapterProver } = await import(
      "../../tests/attacks/proof/software_adapter.ts"
    );
    if (adapter === null) return { skipped: "this machine has no GPU adapter" };
    const prover = adapterProver();
    const speeds = await measureSpeed(prover);
    await using registry = await serveRegistry();
    const load = loadCores();
    const refused: string[] = [];
    try {
      for (let run = 0; run < RUNS; run++) {
        const identity = identityOf(newSecret());
        const gpu_id = `honest-${run}`;
        await register(new RawClient(registry, identity), gpu_id, claimOf(speeds, run % 2));
        const transport = httpTransport(registry.url);
        const client = new Client({ transport, identity, node_id: registry.node.id });
        const { verdict, listed } = await proveGpu(client, prover, gpu_id, () => {});
        if (!listed) refused.push(`${verdict.verdict}: ${verdict.reason}`);
      }
    } finally {
      for (const worker of load) worker.terminate();
    }
    const { gops, chain_gops, memory_mb_per_s } = speeds;
    const note =
      `on ${adapter.description}, measured at rest ${gops} Gop/s, ${chain_gops} in the ` +
      `chain, ${memory_mb_per_s} MB/s. ${refused.join("; ")}`;
    return { ours: refused.length, against: RUNS, ratio: refused.length / RUNS, note };
  },
};

/** What the owner claims: the speeds that were measured at rest, and so much memory. */
function claimOf(
  { gops, memory_mb_per_s }: { gops: number; memory_mb_per_s: number },
  vram_gb: number,
): Listing {
  return {
    vram_gb,
    performance: {
      self_reported: true,
      measured_at: Date.now(),
      fp32_gflops: spread(gops),
      fp16_gflops: null,
      u32_gops: spread(gops),
      memory_gbps: spread(memory_mb_per_s / 1000),
      upload_gbps: spread(1),
      download_gbps: spread(1),
      launch_us: spread(100),
    },
  };
}

function loadCores(): Worker[] {
  const url = new URL("../busy_worker.ts", import.meta.url);
  return Array.from(
    { length: navigator.hardwareConcurrency },
    () => new Worker(url, { type: "module" }),
  );
}
