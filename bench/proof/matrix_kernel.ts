import { defaultDevice, init, numpy, random } from "@jax-js/jax";
import { BufferScope } from "../../src/gpu/buffers.ts";
import { type Gpu, guarded, openDevice } from "../../src/gpu/device.ts";
import {
  compileMatrixKernel,
  compileProofKernels,
  encodePass,
  prepare,
  submit,
} from "../../src/gpu/kernels.ts";
import { encodeKeystream } from "../../src/gpu/keystream.ts";
import { chooseKernels } from "../../src/gpu/tuning.ts";
import { type Figure, type Measured, paired } from "../figure.ts";

const ROUNDS = 5;
/** Edges of the square matrices: a fraction of a second for the slower side. */
const EDGE = { software: 512, hardware: 4096 };
/** Products a submission: a real GPU must not be measured by its launch latency. */
const REPEATS = { software: 1, hardware: 8 };
/** How far the rival's sums of 32-bit floats may be off. */
const TOLERANCE = 1e-3;

const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });

/** The proof's u32 matrix kernel against the f32 product of jax-js, on the same adapter. */
export const figure: Figure = {
  group: "proof",
  name: "u32 matrix kernel / f32 matmul of @jax-js/jax, same adapter",
  unit: "Gop/s",
  aim: { op: ">=", value: 1 },
  async measure() {
    if (adapter === null) return { skipped: "this machine has no GPU adapter" };
    const gpu = await openDevice(adapter);
    try {
      return await guarded(gpu, () => compare(gpu));
    } finally {
      gpu.destroy();
    }
  },
};

async function compare(gpu: Gpu): Promise<Measured> {
  const edge = EDGE[gpu.adapter.kind];
  const repeats = REPEATS[gpu.adapter.kind];
  const operations = repeats * 2 * edge ** 3;
  const scope = new BufferScope(gpu.device);
  try {
    const ours = await prepareOurs(gpu, scope, edge, repeats);
    const rival = await prepareRival(edge, repeats);
    const speed = async (run: () => Promise<void>) => {
      const start_ms = performance.now();
      await run();
      return operations / 1e6 / (performance.now() - start_ms);
    };
    const speeds = await paired(ROUNDS, () => speed(ours), () => speed(rival));
    const note = `on ${gpu.adapter.description}, matrices of ${edge} × ${edge}`;
    return { ...speeds, ratio: speeds.ours / speeds.against, note };
  } finally {
    scope.destroy();
  }
}

/** Products of random matrices by the kernel that a prover takes on this adapter. */
async function prepareOurs(gpu: Gpu, scope: BufferScope, edge: number, repeats: number) {
  const { device } = gpu;
  const choice = await chooseKernels(gpu);
  const { keystream } = await compileProofKernels(gpu, choice);
  const kernel = await compileMatrixKernel(gpu, choice.matrix);
  const matrix = () => scope.storage(4 * edge * edge);
  const [a, b, c] = [matrix(), matrix(), matrix()];
  submit(
    device,
    (encoder) =>
      [a, b].forEach((into, stream) =>
        encodeKeystream(device, encoder, keystream, scope, into, {
          key: crypto.getRandomValues(new Uint32Array(8)),
          stream,
          first_word: 0,
          words: edge * edge,
        })
      ),
  );
  const bindings = { 0: scope.uniform([edge, edge]), 1: a, 2: b, 3: c };
  const groups = [edge / kernel.columns, edge / kernel.rows] as const;
  const product = prepare(device, kernel.pipeline, bindings, groups);
  return async () => {
    submit(device, (e) => encodePass(e, Array.from({ length: repeats }, () => product)));
    await device.queue.onSubmittedWorkDone();
  };
}

/** Products of random matrices by jax-js, which opens a device of its own; one word is checked. */
async function prepareRival(edge: number, repeats: number) {
  if (!(await init("webgpu")).includes("webgpu")) throw new Error("jax-js finds no adapter");
  defaultDevice("webgpu");
  const [a, b] = [0, 1].map((key) => random.uniform(random.key(key), [edge, edge]));
  if (a === undefined || b === undefined) throw new Error("jax-js made no matrices");
  const [rows, columns, product] = await Promise.all([
    a.ref.data(),
    b.ref.data(),
    numpy.matmul(a.ref, b.ref).data(),
  ]);
  let expected = 0;
  for (let i = 0; i < edge; i++) expected += rows[i]! * columns[i * edge]!;
  if (!(Math.abs(product[0]! / expected - 1) < TOLERANCE)) throw new Error("jax-js is wrong");
  return async () => {
    const products = Array.from({ length: repeats }, () => numpy.matmul(a.ref, b.ref));
    await Promise.all(products.map((each) => each.blockUntilReady()));
    products.forEach((each) => each.dispose());
  };
}
