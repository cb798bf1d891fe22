import { openAdapter } from "../../../src/gpu/adapter.ts";
import { type Gpu, openDevice } from "../../../src/gpu/device.ts";
import { createProver, type Prover } from "../../../src/gpu/prover.ts";
import { decodeOpenings } from "../../../src/proof/openings.ts";
import { type MatrixSize, operationsOf } from "../../../src/proof/size.ts";
import type { Begin } from "./attacker.ts";

/**
 * The adapter of this machine, which in CI is a software one. It is what the attackers have: an honest
 * proof of it is the control of each attack, and its products are the fastest that they can make.
 */
const found = await openFound();

async function openFound(): Promise<{ gpu: Gpu; prover: Prover } | null> {
  if (await navigator.gpu.requestAdapter() === null) return null;
  const gpu = await openDevice(await openAdapter());
  return { gpu, prover: await createProver(gpu) };
}

function present(): { gpu: Gpu; prover: Prover } {
  if (found === null) throw new Error("this machine has no GPU adapter");
  return found;
}

/** What the adapter says of itself; null if there is none. */
export const adapter = found?.gpu.adapter ?? null;
/** The open device. */
export const device = (): Gpu => present().gpu;
/** The prover on it, which is the product's own. */
export const adapterProver = (): Prover => present().prover;

/** The honest prover. */
export const honest: Begin = (challenge, seed) => adapterProver().begin(challenge, seed);

/** C = A·B mod 2³² of a seed's matrices, multiplied on the adapter and read back whole. */
export async function productOf(
  seed: Uint8Array,
  { m, k, n }: MatrixSize,
): Promise<Uint32Array<ArrayBuffer>> {
  const size = { m, k, n, lanes: 4096, steps: 1, sweeps: 1 };
  const session = await adapterProver().beginSize(size, seed);
  try {
    await session.matrix();
    await session.chain(seed);
    await session.sweep(seed);
    const all = { rows: Array.from({ length: m }, (_, i) => i), lanes: [0], sweeps: [0] };
    const decoded = decodeOpenings(size, all, await session.open(all));
    if (!decoded.ok) throw new Error(decoded.reason);
    const product = new Uint32Array(m * n);
    const bytes = new Uint8Array(product.buffer);
    decoded.openings.rows.forEach(({ index, row }) => bytes.set(row, index * row.length));
    return product;
  } finally {
    session.dispose();
  }
}

/** Operations a second of this adapter's product, at its best size. */
export async function productSpeed(): Promise<number> {
  const size = { m: 1024, k: 1024, n: 4096, lanes: 4096, steps: 1, sweeps: 1 };
  const session = await adapterProver().beginSize(size, new Uint8Array(32));
  try {
    const started = performance.now();
    await session.matrix();
    return operationsOf(size) * 1000 / (performance.now() - started);
  } finally {
    session.dispose();
  }
}
