import type { MarketState } from "./state.ts";

/** Canonical JSON bytes of a state: the same for the same events, whatever the way to them. */
export function serialize(_state: MarketState): Uint8Array<ArrayBuffer> {
  throw new Error("being written");
}

/** The state of its bytes. Throws `data_corrupt`. */
export function deserialize(_bytes: Uint8Array): MarketState {
  throw new Error("being written");
}

/** SHA-256 (hex) of `serialize`. */
export function stateHash(_state: MarketState): string {
  throw new Error("being written");
}
