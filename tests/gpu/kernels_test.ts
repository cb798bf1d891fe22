import { assertEquals } from "@std/assert";
import { BufferScope, readBack } from "../../src/gpu/buffers.ts";
import { type Gpu, guarded } from "../../src/gpu/device.ts";
import { compileMatrixKernel, compileProofKernels, dispatch } from "../../src/gpu/kernels.ts";
import { encodeKeystream } from "../../src/gpu/keystream.ts";
import { fillKeystream, keyWords } from "../../src/proof/chacha8.ts";
import type { MatrixSize } from "../../src/proof/size.ts";
import { multiply } from "../proof/reference.ts";
import { freshSeed, randomInteger, seedBytes, seededRandom } from "../proof/seeded.ts";
import { gpuTest } from "./gpu_test_case.ts";

/** Words of a storage buffer. */
async function read(gpu: Gpu, scope: BufferScope, buffer: GPUBuffer): Promise<Uint32Array> {
  const target = scope.readback(buffer.size);
  const encoder = gpu.device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, target, 0, buffer.size);
  gpu.device.queue.submit([encoder.finish()]);
  return new Uint32Array((await readBack(target)).buffer);
}

gpuTest("the keystream kernel writes the CPU's keystream at any position", async (gpu) => {
  const seed = freshSeed("keystream kernel");
  const random = seededRandom(seed);
  const { keystream } = await compileProofKernels(gpu);
  for (const words of [16, 64 * 16, 100 * 16, 70_000 * 16]) {
    const key = keyWords(seedBytes(randomInteger(random, 0, 2 ** 31)));
    const stream = randomInteger(random, 0, 1);
    const first_word = 16 * randomInteger(random, 0, 2 ** 26);
    const scope = new BufferScope(gpu.device);
    const buffer = scope.storage(4 * words);
    const actual = await guarded(gpu, () => {
      const encoder = gpu.device.createCommandEncoder();
      const range = { key, stream, first_word, words };
      encodeKeystream(gpu.device, encoder, keystream, scope, buffer, range);
      gpu.device.queue.submit([encoder.finish()]);
      return read(gpu, scope, buffer);
    });
    const expected = new Uint32Array(words);
    fillKeystream(key, stream, first_word, expected);
    assertEquals(actual, expected, `seed ${seed}`);
    scope.destroy();
  }
});

for (const grid of [null, 8, 16] as const) {
  gpuTest(`the matrix kernel of grid ${grid} multiplies as the CPU does`, async (gpu) => {
    const seed = freshSeed(`matrix kernel of grid ${grid}`);
    const random = seededRandom(seed);
    const kernel = await guarded(gpu, () => compileMatrixKernel(gpu, { grid }));
    for (let i = 0; i < 3; i++) {
      const size = {
        m: kernel.rows * randomInteger(random, 1, 2),
        k: 16 * randomInteger(random, 1, 20),
        n: kernel.columns * randomInteger(random, 1, 2),
      };
      const a = randomWords(random, size.m * size.k);
      const b = randomWords(random, size.k * size.n);
      const actual = await guarded(gpu, () => product(gpu, kernel, size, a, b));
      assertEquals(actual, multiply(a, b, size), `seed ${seed}, size ${JSON.stringify(size)}`);
    }
  });
}

function randomWords(random: ReturnType<typeof seededRandom>, count: number) {
  const words = new Uint32Array(count);
  random(new Uint8Array(words.buffer));
  return words;
}

async function product(
  gpu: Gpu,
  kernel: Awaited<ReturnType<typeof compileMatrixKernel>>,
  size: MatrixSize,
  a: Uint32Array<ArrayBuffer>,
  b: Uint32Array<ArrayBuffer>,
): Promise<Uint32Array> {
  const scope = new BufferScope(gpu.device);
  const upload = (words: Uint32Array<ArrayBuffer>) => {
    const buffer = scope.storage(words.byteLength);
    gpu.device.queue.writeBuffer(buffer, 0, new Uint8Array(words.buffer));
    return buffer;
  };
  try {
    const c = scope.storage(4 * size.m * size.n);
    const bindings = { 0: scope.uniform([size.k, size.n]), 1: upload(a), 2: upload(b), 3: c };
    const encoder = gpu.device.createCommandEncoder();
    const groups = [size.n / kernel.columns, size.m / kernel.rows] as const;
    dispatch(gpu.device, encoder, kernel.pipeline, bindings, groups);
    gpu.device.queue.submit([encoder.finish()]);
    return await read(gpu, scope, c);
  } finally {
    scope.destroy();
  }
}
