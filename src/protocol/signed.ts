import { encodeBase64Url } from "@std/encoding/base64url";
import type { Identity } from "../base/identity.ts";
import { canonicalBytes } from "../base/json.ts";
import { checkSignature } from "../base/signatures.ts";

/** A document with its signer's signature over the RFC 8785 bytes of all else in it. */
export async function signed<T extends object>(
  document: T,
  signer: Identity,
): Promise<T & { sig: string }> {
  const sig = encodeBase64Url(await signer.signAsync(canonicalBytes(document)));
  return { ...document, sig };
}

/** Whether a signed document is its signer's. Never throws. */
export async function isSignedBy(
  document: { readonly sig: string },
  signer: string,
): Promise<boolean> {
  const { sig, ...rest } = document;
  return await checkSignature({ actor: signer, sig, bytes: canonicalBytes(rest) }) === "valid";
}
