import type { Gpu } from "./device.ts";

/** How the proof's kernels are compiled for an adapter; every choice computes the same. */
export interface KernelChoice {
  /** `tiled`: tiles in shared memory. `wide`: none, a wide block in registers. */
  readonly matrix: "tiled" | "wide";
  /** Invocations of a workgroup. */
  readonly sha256: { readonly workgroup: number };
  /** `width`: lanes of an invocation. */
  readonly chain: { readonly workgroup: number; readonly width: 1 | 2 | 4 };
  /** Rows of C of a workgroup, 64 invocations each. */
  readonly sweep: { readonly rows: number };
}

/** What suits an adapter of a kind, where nothing has been timed. */
export const DEFAULT_CHOICE: Readonly<Record<Gpu["adapter"]["kind"], KernelChoice>> = {
  hardware: {
    matrix: "tiled",
    sha256: { workgroup: 64 },
    chain: { workgroup: 256, width: 1 },
    sweep: { rows: 4 },
  },
  software: {
    matrix: "wide",
    sha256: { workgroup: 64 },
    chain: { workgroup: 64, width: 4 },
    sweep: { rows: 1 },
  },
};
