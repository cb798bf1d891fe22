import canonicalize from "canonicalize";

/** A JSON value, as `JSON.parse` gives it. */
export type Json = null | boolean | number | string | Json[] | {
  [key: string]: Json;
};

/** RFC 8785 (JCS) text of a value. Throws a TypeError for what JSON cannot say (NaN, functions). */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("the value has no JSON form");
  return text;
}

const encoder = new TextEncoder();

/** RFC 8785 (JCS) bytes of a value: what is hashed and signed. */
export function canonicalBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return encoder.encode(canonicalJson(value));
}
