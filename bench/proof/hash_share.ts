import { describeAdapter } from "../../src/gpu/adapter.ts";
import { BufferScope } from "../../src/gpu/buffers.ts";
import { type Gpu, guarded, openDevice } from "../../src/gpu/device.ts";
import { HashTree } from "../../src/gpu/hash_tree.ts";
import { compileProofKernels, encodePass, submit } from "../../src/gpu/kernels.ts";
import { createProver, type Prover } from "../../src/gpu/prover.ts";
import { RowBlocks } from "../../src/gpu/row_blocks.ts";
import { SHA256_ROUND_KEYS } from "../../src/gpu/sha256_round_keys.ts";
import { measureSpeed } from "../../src/gpu/speed.ts";
import { chooseKernels } from "../../src/gpu/tuning.ts";
import { planProof } from "../../src/proof/plan.ts";
import type { ProofSize } from "../../src/proof/size.ts";
import { type Figure, type Measured, paired } from "../figure.ts";

const ROUNDS = 3;
const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
const isSoftware = adapter === null || describeAdapter(adapter).kind === "software";

/** What committing to the rows of C costs of a proof, as a registry plans it for this adapter. */
export const figure: Figure = {
  group: "proof",
  name: "SHA-256 of rows on the GPU / the whole proof",
  unit: "ms",
  aim: isSoftware ? null : { op: "<=", value: 0.05 },
  async measure() {
    if (adapter === null) return { skipped: "this machine has no GPU adapter" };
    const gpu = await openDevice(adapter);
    try {
      return await compare(gpu);
    } finally {
      gpu.destroy();
    }
  },
};

async function compare(gpu: Gpu): Promise<Measured> {
  const prover = await createProver(gpu);
  const speeds = await measureSpeed(prover);
  const size = planProof({ ...speeds, vram_gb: 0 }, 0);
  const times = await paired(
    ROUNDS,
    () => hashRows(gpu, size),
    () => prove(prover, size),
  );
  const { m, k, n, lanes, steps, sweeps } = size;
  const note = `on ${gpu.adapter.description}: ${m} × ${k} × ${n}, ${lanes} lanes of ${steps} ` +
    `steps, ${sweeps} sweeps`;
  return { ...times, ratio: times.ours / times.against, note };
}

/** Milliseconds of the hashing of all rows and of their tree. */
function hashRows(gpu: Gpu, size: ProofSize): Promise<number> {
  return guarded(gpu, async () => {
    const { device } = gpu;
    const scope = new BufferScope(device);
    try {
      const kernels = await compileProofKernels(gpu, await chooseKernels(gpu));
      const tools = { device, kernels, round_keys: scope.uniform(SHA256_ROUND_KEYS) };
      const rows = new RowBlocks(scope, size, device.limits.maxStorageBufferBindingSize);
      const tree = new HashTree(tools, scope, size.m);
      const dispatches = rows.blocks.map(({ buffer, first_row, rows: count }) =>
        tree.hashLeaves({ rows: buffer, row_words: size.n, first_leaf: first_row, count })
      );
      const once = async () => {
        const start_ms = performance.now();
        submit(device, (encoder) => encodePass(encoder, [...dispatches, ...tree.hashNodes()]));
        await device.queue.onSubmittedWorkDone();
        return performance.now() - start_ms;
      };
      // The first touch of new memory is the driver's work, not the kernel's.
      await once();
      return await once();
    } finally {
      scope.destroy();
    }
  });
}

/** Milliseconds of the three stages. */
async function prove(prover: Prover, size: ProofSize): Promise<number> {
  const key = () => crypto.getRandomValues(new Uint8Array(32));
  const session = await prover.beginSize(size, key());
  try {
    const start_ms = performance.now();
    await session.matrix();
    await session.chain(key());
    await session.sweep(key());
    return performance.now() - start_ms;
  } finally {
    session.dispose();
  }
}
