import { assertEquals, assertMatch } from "@std/assert";
import { type Begin, type Listing, prove, register } from "./attacker.ts";
import { ending } from "./endings.ts";
import { HalfStore, stolenKernels } from "./half_store.ts";
import { RawClient } from "./raw_client.ts";
import { serveRegistry } from "./served_registry.ts";
import { gpu, honest, prover } from "./software_adapter.ts";

const GPU = "gpu-1";
const spread = (median: number) => ({ median, p10: median, p90: median });

/**
 * A gigabyte, of which a proof by so slow an adapter fills 33 MB: enough to be swept a few times, and
 * for half of it to take a while to make again.
 */
const CLAIM: Listing = {
  vram_gb: 1,
  performance: {
    self_reported: true,
    measured_at: Date.now(),
    fp32_gflops: spread(3),
    fp16_gflops: null,
    u32_gops: spread(3),
    memory_gbps: spread(0.5),
    upload_gbps: spread(1),
    download_gbps: spread(1),
    launch_us: spread(100),
  },
};

async function proven(begin: Begin) {
  await using registry = await serveRegistry();
  const client = new RawClient(registry);
  await register(client, GPU, CLAIM);
  await prove(client, GPU, begin);
  const view = await client.gpu(GPU);
  console.log(JSON.stringify(view.verdict?.figures));
  return { ended: ending(view), contradicts: view.verdict?.contradicts.join("; ") ?? "" };
}

const kernels = await stolenKernels(gpu);

/** Keeps half of what it claims through all that is timed; what it opens then, it has made again. */
const halfStored: Begin = async (challenge, seed) => {
  const half = new HalfStore(gpu, kernels, seed, challenge);
  const later = await prover.begin(challenge, seed);
  let sweep_key = new Uint8Array();
  return {
    matrix: () => half.matrix(),
    chain: (key) => later.chain(key),
    sweep: async (key) => {
      sweep_key = new Uint8Array(key);
      const roots = await half.sweep(key);
      half.dispose();
      return roots;
    },
    open: async (draw) => {
      await later.matrix();
      await later.sweep(sweep_key);
      return await later.open(draw);
    },
  };
};

Deno.test("control: who keeps all of C is listed", async () => {
  assertEquals((await proven(honest)).ended, "listed: software software");
});

// What it costs the attacker: half of a product for each sweep, and there are up to 256. What stops him:
// a word of C takes 2·k operations, at least 2,048, so an adapter that makes rows again sweeps at the
// speed of its arithmetic and not of its memory. All that he opens is right: only the time tells.
Deno.test("who keeps half of C and makes the rest again is told by his sweeps", async () => {
  const { ended, contradicts } = await proven(halfStored);
  assertEquals(ended, "refused: implausible unknown");
  assertMatch(contradicts, /^regenerated: \d+ MB\/s swept, not \d+/);
});
