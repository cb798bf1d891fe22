import type { Challenge } from "./challenge.ts";
import type { Draw } from "./draw.ts";

/** All that was said in a proof but the answer; structured-cloneable, so it can go to a Worker. */
export interface Transcript {
  readonly challenge: Challenge;
  readonly matrix_root: Uint8Array;
  readonly chain_nonce: Uint8Array;
  readonly chain_root: Uint8Array;
  readonly sweep_nonce: Uint8Array;
  /** One for each sweep. */
  readonly sweep_roots: readonly Uint8Array[];
  /** Drawn after all of these were committed. */
  readonly draw: Draw;
}
