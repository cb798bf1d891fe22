import type { Begin, Listing } from "./attacker.ts";
import { HalfStore, stolenKernels } from "./half_store.ts";
import { adapter, adapterProver, device } from "./software_adapter.ts";

const spread = (median: number) => ({ median, p10: median, p90: median });

/**
 * A gigabyte, of which a proof by so slow an adapter fills 33 MB: enough to be swept a few times, and
 * for half of it to take a while to make again.
 */
export const CLAIM: Listing = {
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

const kernels = adapter === null ? null : await stolenKernels(device());

/** Keeps half of what it claims through all that is timed; what it opens then, it has made again. */
export const halfStored: Begin = async (challenge, seed) => {
  if (kernels === null) throw new Error("this machine has no GPU adapter");
  const half = new HalfStore(device(), kernels, seed, challenge);
  const later = await adapterProver().begin(challenge, seed);
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
