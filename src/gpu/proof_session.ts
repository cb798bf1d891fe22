import { SHA256_BYTES } from "../base/hash.ts";
import { chainLeaves } from "../proof/chain.ts";
import type { Draw } from "../proof/draw.ts";
import type { ProofSize } from "../proof/size.ts";
import { BufferScope, readBack } from "./buffers.ts";
import { type ChainRun, submitChain } from "./chain_stage.ts";
import { type Gpu, guarded } from "./device.ts";
import { type HashTools, HashTree } from "./hash_tree.ts";
import { submit } from "./kernels.ts";
import { submitProduct } from "./matrix_stage.ts";
import { type FinishedProof, openProof } from "./opening_stage.ts";
import type { ProofSession } from "./prover.ts";
import { RowBlocks } from "./row_blocks.ts";
import { SHA256_ROUND_KEYS } from "./sha256_round_keys.ts";
import { SweepStage } from "./sweep_stage.ts";

/** How a proof is laid out on the GPU. */
export interface ProofLayout {
  /** Most bytes of a block of C. */
  readonly block_bytes: number;
  /** Rows of A that are made at a time. */
  readonly slice_rows: number;
}

/** One proof on one device. Made within `guarded`; `dispose` frees everything. */
export class GpuProofSession implements ProofSession {
  readonly #gpu: Gpu;
  readonly #tools: HashTools;
  readonly #size: ProofSize;
  readonly #seed: Uint8Array;
  readonly #layout: ProofLayout;
  /** What lives until `dispose`. */
  readonly #kept: BufferScope;
  readonly #rows: RowBlocks;
  readonly #matrixTree: HashTree;
  readonly #chainTree: HashTree;
  readonly #sweepTree: HashTree;
  #chain: ChainRun | undefined;
  #sweeps: SweepStage | undefined;

  constructor(
    gpu: Gpu,
    kernels: HashTools["kernels"],
    size: ProofSize,
    seed: Uint8Array,
    layout: ProofLayout,
  ) {
    this.#gpu = gpu;
    this.#size = size;
    this.#seed = seed;
    this.#layout = layout;
    this.#kept = new BufferScope(gpu.device);
    const round_keys = this.#kept.uniform(SHA256_ROUND_KEYS);
    this.#tools = { device: gpu.device, kernels, round_keys };
    this.#rows = new RowBlocks(this.#kept, size, layout.block_bytes);
    this.#matrixTree = new HashTree(this.#tools, this.#kept, size.m);
    this.#chainTree = new HashTree(this.#tools, this.#kept, chainLeaves(size));
    this.#sweepTree = new HashTree(this.#tools, this.#kept, size.m);
  }

  /** The root over the rows of C, which stay on the GPU. */
  matrix(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#stage((scope) => {
      submitProduct(this.#tools, scope, {
        seed: this.#seed,
        size: this.#size,
        slice_rows: this.#layout.slice_rows,
        rows: this.#rows,
        tree: this.#matrixTree,
      });
      return this.#readRoot(scope, this.#matrixTree);
    });
  }

  /** The root over the words of the chain under this key. */
  chain(key: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const run = this.#chain = { size: this.#size, key, tree: this.#chainTree };
    return this.#stage((scope) => {
      submitChain(this.#tools, scope, run);
      return this.#readRoot(scope, this.#chainTree);
    });
  }

  /** The root of each sweep, the first under this key. */
  sweep(key: Uint8Array): Promise<Uint8Array<ArrayBuffer>[]> {
    return this.#stage(async (scope) => {
      const { sweeps } = this.#size;
      this.#sweeps ??= new SweepStage(
        this.#tools,
        this.#kept,
        this.#rows,
        this.#sweepTree,
        this.#size,
      );
      const target = scope.readback(sweeps * SHA256_BYTES);
      this.#sweeps.submitAll(key.slice(), target);
      const roots = await readBack(target);
      return Array.from(
        { length: sweeps },
        (_, i) => roots.slice(i * SHA256_BYTES, (i + 1) * SHA256_BYTES),
      );
    });
  }

  /** The answer that opens what was drawn: the bytes of `encodeOpenings`. */
  open(draw: Draw): Promise<Uint8Array<ArrayBuffer>> {
    return this.#stage((scope) => openProof(this.#tools, scope, this.#finished(), draw));
  }

  /** Frees all of it. */
  dispose(): void {
    this.#kept.destroy();
  }

  #finished(): FinishedProof {
    if (this.#chain === undefined || this.#sweeps === undefined) {
      throw new RangeError("a proof is opened after its chain and its sweeps");
    }
    return {
      size: this.#size,
      rows: this.#rows,
      matrixTree: this.#matrixTree,
      chain: this.#chain,
      sweepTree: this.#sweepTree,
      sweeps: this.#sweeps,
    };
  }

  /** Guarded work with buffers that live as long as it takes. */
  async #stage<T>(work: (scope: BufferScope) => Promise<T>): Promise<T> {
    const scope = new BufferScope(this.#gpu.device);
    try {
      return await guarded(this.#gpu, async () => await work(scope));
    } finally {
      scope.destroy();
    }
  }

  #readRoot(scope: BufferScope, tree: HashTree): Promise<Uint8Array<ArrayBuffer>> {
    const root = scope.readback(SHA256_BYTES);
    submit(
      this.#gpu.device,
      (encoder) => encoder.copyBufferToBuffer(tree.buffer, tree.root_offset, root, 0, SHA256_BYTES),
    );
    return readBack(root);
  }
}
