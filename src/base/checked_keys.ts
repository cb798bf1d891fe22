import { publicKeyOf } from "./identity.ts";

/** Keys whose check is remembered; the oldest leaves first. A check costs half a millisecond. */
const MAX_KEYS = 65_536;
const checked = new Map<string, Uint8Array<ArrayBuffer>>();

/** The public key that an actor id names, checked once (noble decides). Throws `invalid_key`. */
export function checkedKey(id: string): Uint8Array<ArrayBuffer> {
  const known = checked.get(id);
  if (known !== undefined) return known;
  const key = publicKeyOf(id);
  if (checked.size >= MAX_KEYS) checked.delete(checked.keys().next().value ?? "");
  checked.set(id, key);
  return key;
}
