import type { Gpu } from "./device.ts";

/** How the proof's kernels are compiled for an adapter; every choice computes the same. */
export interface KernelChoice {
  /**
   * `grid`: tiles in shared memory, by a workgroup of so many invocations each way; null: no tiles, but
   * a wide block of C an invocation.
   */
  readonly matrix: { readonly grid: 8 | 16 | null };
  /** Invocations of a workgroup. */
  readonly sha256: { readonly workgroup: 32 | 64 | 128 | 256 };
  /** `width`: lanes of an invocation. */
  readonly chain: { readonly workgroup: 64 | 256; readonly width: 1 | 2 | 4 };
  /** Rows of C of a workgroup, 64 invocations each. */
  readonly sweep: { readonly rows: 1 | 2 | 4 };
}

/** What suits an adapter of a kind, where nothing has been timed. */
export const DEFAULT_CHOICE: Readonly<Record<Gpu["adapter"]["kind"], KernelChoice>> = {
  hardware: {
    matrix: { grid: 16 },
    sha256: { workgroup: 64 },
    chain: { workgroup: 256, width: 1 },
    sweep: { rows: 4 },
  },
  software: {
    matrix: { grid: null },
    sha256: { workgroup: 64 },
    chain: { workgroup: 64, width: 4 },
    sweep: { rows: 4 },
  },
};

/** What is tried on an adapter beside the default of its kind. */
export const CANDIDATES: { readonly [Part in keyof KernelChoice]: readonly KernelChoice[Part][] } =
  {
    matrix: [{ grid: 8 }, { grid: 16 }],
    sha256: [{ workgroup: 32 }, { workgroup: 128 }, { workgroup: 256 }],
    chain: [
      { workgroup: 64, width: 1 },
      { workgroup: 64, width: 2 },
      { workgroup: 256, width: 2 },
      { workgroup: 64, width: 4 },
    ],
    sweep: [{ rows: 1 }, { rows: 2 }],
  };
