import { HorizonError } from "../base/errors.ts";
import type { Accepted, Client } from "../client/client.ts";
import type { IntentResult } from "../protocol/api.ts";
import type { IntentBody, IntentType } from "../protocol/intent.ts";
import { untilReached } from "./retry.ts";

/**
 * Delivers an intent however long the registry is away. It is signed once and sent again unchanged,
 * so that one whose answer was lost is not taken twice; one that expired meanwhile is signed anew.
 * Throws its refusal, or `interrupted`.
 */
export async function deliver<T extends IntentType>(
  client: Client,
  type: T,
  body: IntentBody<T>,
  signal: AbortSignal,
): Promise<Accepted> {
  let result = await sendUntilReached(client, type, body, signal);
  if (result?.ok === false && result.code === "intent_expired") {
    result = await sendUntilReached(client, type, body, signal);
  }
  if (result?.ok) return result;
  throw new HorizonError(
    result?.code ?? "bad_gateway",
    result?.message ?? "The registry's receipt is empty.",
  );
}

async function sendUntilReached<T extends IntentType>(
  client: Client,
  type: T,
  body: IntentBody<T>,
  signal: AbortSignal,
): Promise<IntentResult | undefined> {
  const signed = await client.sign(type, body);
  const [result] = await untilReached(() => client.send([signed]), signal);
  return result;
}
