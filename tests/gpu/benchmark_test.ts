import { assert, assertEquals } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { runBenchmark } from "../../src/gpu/benchmark.ts";
import { BufferScope, readBack } from "../../src/gpu/buffers.ts";
import { type Gpu, guarded } from "../../src/gpu/device.ts";
import { FLOPS_CHOICES, type FlopsChoice, flopsPerTurn } from "../../src/gpu/flops_kernel.ts";
import { REPETITIONS } from "../../src/gpu/measurement.ts";
import { measureFlops, measureMemory } from "../../src/gpu/tuned_figure.ts";
import {
  flopsWorkloads,
  MEMORY_CHOICES,
  type MemoryChoice,
  memoryWorkloads,
} from "../../src/gpu/workloads.ts";
import { gpuTest } from "./gpu_test_case.ts";

gpuTest("the benchmark reports whole numbers above zero and announces each figure", async (gpu) => {
  const announced: string[] = [];
  const benchmark = await runBenchmark(gpu, {
    budget_ms: 2000,
    onFigure: (name) => announced.push(name),
  });
  const { self_reported, repetitions, u32_gops, fp16_gflops, memory_span_mb, ...spreads } =
    benchmark;
  assertEquals([self_reported, repetitions], [true, 7]);
  assertEquals(memory_span_mb >= 1000, gpu.adapter.kind === "hardware");
  assert(Number.isInteger(u32_gops) && u32_gops > 0);
  assertEquals(fp16_gflops !== null, gpu.has_f16);
  for (const [name, spread] of Object.entries({ ...spreads, ...fp16_gflops && { fp16_gflops } })) {
    const { median, p10, p90 } = spread;
    assert([median, p10, p90].every(Number.isSafeInteger), name);
    assert(median > 0 && p10 <= median && median <= p90, `${name}: ${JSON.stringify(spread)}`);
    assert(announced.includes(name), name);
  }
});

/** Keeps each storage buffer that it makes, in order. */
class WatchedScope extends BufferScope {
  readonly made: GPUBuffer[] = [];

  override storage(size_bytes: number): GPUBuffer {
    const buffer = super.storage(size_bytes);
    this.made.push(buffer);
    return buffer;
  }

  /** All bytes of a buffer. */
  async read(gpu: Gpu, buffer: GPUBuffer): Promise<Uint8Array<ArrayBuffer>> {
    const target = this.readback(buffer.size);
    const encoder = gpu.device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, target, 0, buffer.size);
    gpu.device.queue.submit([encoder.finish()]);
    return await readBack(target);
  }
}

gpuTest("each memory kernel touches every byte of every pair, and a copy is one", async (gpu) => {
  const span = { buffer_bytes: 1 << 18, pairs: 2 };
  for (const choice of combinationsOfMemory()) {
    const scope = new WatchedScope(gpu.device);
    await guarded(gpu, async () => {
      const make = await memoryWorkloads(gpu, scope, span);
      const contents = () => Promise.all(scope.made.map((buffer) => scope.read(gpu, buffer)));
      const before = await contents();
      assertEquals(before.length, 4);
      assert(before.every((bytes) => new Set(bytes).size > 200), "all of them are random");
      const workload = await make(choice);
      assertEquals(workload.work_per_unit, 4 << 18);
      await workload.run(1);
      const after = await contents();
      const [source, other, source2, other2] = before;
      const expected = choice.form === "copy" ? [source, source, source2, source2] : before;
      const what = JSON.stringify(choice);
      assert(after.every((bytes, i) => isSame(bytes, expected[i]!)), what);
      assert(!isSame(source!, other!) && !isSame(source2!, other2!));
    });
    scope.destroy();
  }
});

function* combinationsOfMemory(): Generator<MemoryChoice> {
  for (const walk of MEMORY_CHOICES.walk) {
    for (const form of MEMORY_CHOICES.form) {
      for (const workgroup of MEMORY_CHOICES.workgroup) yield { walk, form, workgroup };
    }
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

gpuTest("each arithmetic kernel does the multiply-adds that it is paid for", async (gpu) => {
  const TURNS = 3;
  for (const choice of combinationsOfFlops()) {
    const scope = new WatchedScope(gpu.device);
    await guarded(gpu, async () => {
      const make = await flopsWorkloads(gpu, scope, "f32");
      const workload = await make(choice);
      await workload.run(TURNS);
      const [input, output] = await Promise.all(
        scope.made.map((buffer) => scope.read(gpu, buffer)),
      );
      const words = new Uint32Array(input!.buffer);
      const results = new Float32Array(output!.buffer);
      const invocations = words.length / 4;
      assertEquals(workload.work_per_unit, invocations * flopsPerTurn(choice));
      for (const at of [0, 1, 63, invocations - 1]) {
        const expected = expectedSums(words.subarray(4 * at, 4 * at + 4), choice, TURNS);
        expected.forEach((sum, lane) => {
          const actual = results[4 * at + lane]!;
          const what = `${JSON.stringify(choice)}: ${actual}, not ${sum}`;
          assert(Math.abs(actual / sum - 1) < 1e-4, what);
        });
      }
    });
    scope.destroy();
  }
});

function* combinationsOfFlops(): Generator<FlopsChoice> {
  for (const form of FLOPS_CHOICES.form) {
    for (const chains of FLOPS_CHOICES.chains) {
      for (const workgroup of FLOPS_CHOICES.workgroup) yield { workgroup, chains, form };
    }
  }
}

/** What an invocation of this seed must write: each lane's sum over the chains, in doubles. */
function expectedSums(seed: Uint32Array, { chains, form, workgroup }: FlopsChoice, turns: number) {
  const steps = turns * flopsPerTurn({ chains, form, workgroup }) / (chains * 4 * 2);
  const fraction = (word: number) => (word >>> 8) / 16777216;
  return [0, 1, 2, 3].map((lane) => {
    const scale = fraction(seed[[3, 2, 1, 0][lane]!]!) * 0.25 + 0.5;
    const shift = fraction(seed[[1, 0, 3, 2][lane]!]!) + 0.1;
    let sum = 0;
    for (let chain = 0; chain < chains; chain++) {
      let x = fraction(seed[lane]!) + chain / 16;
      for (let step = 0; step < steps; step++) x = x * scale + shift;
      sum += x;
    }
    return sum;
  });
}

gpuTest("a search over the real kernels ends with one of them", async (gpu) => {
  const plan = { target_ms: 8, tuning_ms: 200, latency_ms: 0, clock_ms: () => performance.now() };
  const { rates, choice } = await measureFlops(gpu, plan, "f32");
  for (const [part, values] of Object.entries(FLOPS_CHOICES)) {
    assert(values.some((value) => value === Reflect.get(choice, part)), JSON.stringify(choice));
  }
  assertEquals(rates.length, REPETITIONS);
  assert(rates.every((rate) => rate > 0));
});

gpuTest("half precision stays finite however long it runs", async (gpu) => {
  if (!gpu.has_f16) return console.log("skipped: no shader-f16");
  const scope = new WatchedScope(gpu.device);
  await guarded(gpu, async () => {
    const make = await flopsWorkloads(gpu, scope, "f16");
    await (await make({ workgroup: 64, chains: 8, form: "fused" })).run(2000);
    const output = await scope.read(gpu, scope.made[1]!);
    assert(new Float32Array(output.buffer).every((sum) => Number.isFinite(sum) && sum > 0));
  });
  scope.destroy();
});

gpuTest(
  "memory is measured over less where there is no room, and the span says so",
  async (gpu) => {
    let refusals = 2;
    // A device that is out of memory until half has been asked for twice.
    const device = new Proxy(gpu.device, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name === "createBuffer") {
          return (descriptor: GPUBufferDescriptor) => {
            if (descriptor.size >= 1 << 24 && refusals > 0) {
              refusals--;
              throw new HorizonError("gpu_out_of_memory", "no room");
            }
            return target.createBuffer(descriptor);
          };
        }
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const plan = { target_ms: 5, tuning_ms: 0, latency_ms: 0, clock_ms: () => performance.now() };
    const { span_bytes, rates } = await measureMemory({ ...gpu, device }, plan);
    assertEquals(refusals, 0);
    const full_bytes = gpu.adapter.kind === "software" ? 2 ** 26 : 2 ** 30;
    assertEquals(span_bytes, full_bytes / 4);
    assert(rates.every((rate) => rate > 0));
  },
);
