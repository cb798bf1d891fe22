import { assert, assertEquals } from "@std/assert";
import { runBenchmark } from "../../src/gpu/benchmark.ts";
import { BufferScope, readBack } from "../../src/gpu/buffers.ts";
import { guarded } from "../../src/gpu/device.ts";
import { copyWorkload } from "../../src/gpu/workloads.ts";
import { gpuTest } from "./gpu_test_case.ts";

gpuTest("the benchmark reports whole numbers above zero and announces each figure", async (gpu) => {
  const announced: string[] = [];
  const benchmark = await runBenchmark(gpu, {
    budget_ms: 500,
    onFigure: (name) => announced.push(name),
  });
  const { self_reported, repetitions, u32_gops, fp16_gflops, ...spreads } = benchmark;
  assertEquals([self_reported, repetitions], [true, 7]);
  assert(Number.isInteger(u32_gops) && u32_gops > 0);
  assertEquals(fp16_gflops !== null, gpu.has_f16);
  for (const [name, spread] of Object.entries({ ...spreads, ...fp16_gflops && { fp16_gflops } })) {
    const { median, p10, p90 } = spread;
    assert([median, p10, p90].every(Number.isSafeInteger), name);
    assert(median > 0 && p10 <= median && median <= p90, `${name}: ${JSON.stringify(spread)}`);
    assert(announced.includes(name), name);
  }
});

gpuTest("the memory workload really copies its random source", async (gpu) => {
  const made: GPUBuffer[] = [];
  class WatchedScope extends BufferScope {
    override storage(size_bytes: number): GPUBuffer {
      const buffer = super.storage(size_bytes);
      made.push(buffer);
      return buffer;
    }
  }
  const scope = new WatchedScope(gpu.device);
  const [source, copied] = await guarded(gpu, async () => {
    const workload = await copyWorkload(gpu, scope);
    await workload.run(1);
    return await Promise.all(made.map((buffer) => {
      const target = scope.readback(1 << 16);
      const encoder = gpu.device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, buffer.size - (1 << 16), target, 0, 1 << 16);
      gpu.device.queue.submit([encoder.finish()]);
      return readBack(target);
    }));
  });
  scope.destroy();
  assertEquals(source, copied);
  assert(new Set(source).size > 200, "the source must be random");
});
