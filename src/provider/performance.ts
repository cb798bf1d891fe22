import type { Benchmark } from "../gpu/benchmark.ts";
import type { Performance, Spread } from "../protocol/gpu.ts";

const MB_PER_GB = 1000;

/** A benchmark as a GPU's record holds it, to three decimals. */
export function performanceOf(benchmark: Benchmark, measured_at: number): Performance {
  const { u32_gops, fp32_gflops, fp16_gflops, launch_latency_us } = benchmark;
  return {
    self_reported: true,
    measured_at,
    fp32_gflops: scaled(fp32_gflops),
    fp16_gflops: fp16_gflops === null ? null : scaled(fp16_gflops),
    u32_gops: scaled({ median: u32_gops, p10: u32_gops, p90: u32_gops }),
    memory_gbps: scaled(benchmark.memory_mb_per_s, MB_PER_GB),
    upload_gbps: scaled(benchmark.upload_mb_per_s, MB_PER_GB),
    download_gbps: scaled(benchmark.download_mb_per_s, MB_PER_GB),
    launch_us: scaled(launch_latency_us),
  };
}

function scaled({ median, p10, p90 }: Spread, divisor = 1): Spread {
  const round = (value: number) => Math.round(1000 * value / divisor) / 1000;
  return { median: round(median), p10: round(p10), p90: round(p90) };
}
