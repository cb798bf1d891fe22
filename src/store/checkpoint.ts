import { HorizonError } from "../base/errors.ts";
import { type Checkpoint, GENESIS_PREV, type Head } from "../protocol/feed.ts";

/** The head of a feed without events: genesis is seq 1 and follows it. */
export const EMPTY_HEAD: Head = { seq: 0, hash: GENESIS_PREV };

const HASH_PATTERN = /^[0-9a-f]{64}$/;
const decoder = new TextDecoder("utf-8", { fatal: true });

/** The checkpoint of its stored JSON bytes. Throws `data_corrupt`; `where` says which one it is. */
export function parseCheckpoint(bytes: unknown, where: string): Checkpoint {
  if (bytes instanceof Uint8Array) {
    let value: unknown;
    try {
      value = JSON.parse(decoder.decode(bytes));
    } catch {
      value = null;
    }
    if (isCheckpoint(value)) return value;
  }
  throw new HorizonError("data_corrupt", `The checkpoint ${where} can't be read`, {
    fix: "Restore the data folder from a backup.",
  });
}

function isCheckpoint(value: unknown): value is Checkpoint {
  return typeof value === "object" && value !== null &&
    "seq" in value && Number.isSafeInteger(value.seq) &&
    "hash" in value && typeof value.hash === "string" && HASH_PATTERN.test(value.hash) &&
    "node" in value && typeof value.node === "string" &&
    "epoch" in value && Number.isSafeInteger(value.epoch) &&
    "sig" in value && typeof value.sig === "string";
}
