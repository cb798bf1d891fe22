import { decodeBase64Url } from "@std/encoding/base64url";
import { HorizonError } from "./errors.ts";
import { verifySignature } from "./signature.ts";
import { checkedKey } from "./checked_keys.ts";

/** A signature to check. */
export interface SignedBytes {
  actor: string;
  /** Base64url. */
  sig: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** What became of a check. */
export type SignatureVerdict = "valid" | "invalid_key" | "invalid_signature";

/** Checks a signature here and now: the actor's key first, then the signature. Never throws. */
export async function checkSignature(signed: SignedBytes): Promise<SignatureVerdict> {
  try {
    const key = checkedKey(signed.actor);
    const signature = decodeBase64Url(signed.sig);
    const valid = await verifySignature(signed.actor, key, signature, signed.bytes);
    return valid ? "valid" : "invalid_signature";
  } catch (thrown) {
    const badKey = thrown instanceof HorizonError && thrown.code === "invalid_key";
    return badKey ? "invalid_key" : "invalid_signature";
  }
}

/** The refusal that a verdict means; null for a valid signature. */
export function refusalOf(verdict: SignatureVerdict): HorizonError | null {
  if (verdict === "valid") return null;
  return verdict === "invalid_key"
    ? new HorizonError("invalid_key", "The actor's key is not a valid Ed25519 key.")
    : new HorizonError("invalid_signature", "The signature is not the actor's over this intent.");
}

/** Checks one after the other: WebCrypto's check is synchronous under its promise. */
export async function checkSignatures(signed: SignedBytes[]): Promise<SignatureVerdict[]> {
  const verdicts: SignatureVerdict[] = [];
  for (const one of signed) verdicts.push(await checkSignature(one));
  return verdicts;
}
