import type { JSX } from "hono/jsx/jsx-runtime";
import { printable } from "../../base/printable.ts";

/** Only what this registry serves is run, styled or asked, and nobody frames it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");
const encoder = new TextEncoder();

/**
 * The bytes of a document. JSX has escaped each text; that no control character or turn of the reading
 * direction comes through is seen to here, once for all of them.
 */
export async function htmlBytes(document: JSX.Element): Promise<Uint8Array<ArrayBuffer>> {
  return encoder.encode("<!DOCTYPE html>" + printable(String(await document)));
}

/** A page as a response, from its bytes. */
export function page(bytes: Uint8Array<ArrayBuffer>, status = 200): Response {
  return new Response(bytes, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": POLICY,
      "cache-control": "no-store",
      // A cache on the way must not mix it with the answer for a program.
      vary: "accept",
    },
  });
}
