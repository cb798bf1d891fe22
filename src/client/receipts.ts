import { decodeBase64Url } from "@std/encoding/base64url";
import { HorizonError } from "../base/errors.ts";
import { checkedKey } from "../base/checked_keys.ts";
import { canonicalBytes } from "../base/json.ts";
import { verifySignature } from "../base/signature.ts";
import { type IntentResult, Receipt } from "../protocol/api.ts";
import { validate } from "../protocol/validate.ts";

/**
 * The results of a receipt that this registry signed for these very intents, in their order. Throws
 * `bad_gateway` for one that a relay made up or mixed up.
 */
export async function checkReceipt(
  value: unknown,
  node_id: string,
  intent_hashes: readonly string[],
): Promise<IntentResult[]> {
  const receipt = validate(Receipt, value, "The receipt", "bad_gateway");
  const { sig, ...signed } = receipt;
  if (signed.node !== node_id) {
    throw forged(`it is signed by ${signed.node}, not by ${node_id}`);
  }
  const key = checkedKey(node_id);
  const isValid = await verifySignature(
    node_id,
    key,
    decodeBase64Url(sig).slice(),
    canonicalBytes(signed),
  );
  if (!isValid) throw forged("its signature is not valid");
  if (signed.results.length !== intent_hashes.length) {
    throw forged(`it answers ${signed.results.length} intents, not ${intent_hashes.length}`);
  }
  signed.results.forEach((result, i) => {
    const isRefusalOfForm = !result.ok && result.intent_sha256 === null;
    if (!isRefusalOfForm && result.intent_sha256 !== intent_hashes[i]) {
      throw forged("it answers another intent");
    }
  });
  return signed.results;
}

function forged(why: string): HorizonError {
  return new HorizonError("bad_gateway", `The registry's receipt can't be trusted: ${why}.`, {
    fix: "What you asked for may or may not have happened: look before you repeat it.",
  });
}
