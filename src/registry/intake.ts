import { HorizonError } from "../base/errors.ts";
import type { IntentResult } from "../protocol/api.ts";
import { type FramedIntent, frameIntent } from "../protocol/frame.ts";
import { refusalOf } from "../base/signatures.ts";
import { checkArrival } from "./arrivals.ts";
import { checkBundle } from "./bundles.ts";
import { refusalResult } from "./refusal.ts";
import { checkSealed } from "./sealed_bids.ts";
import type { Services } from "./services.ts";

/** An envelope on its way: an intent to sequence, or the refusal of what is none. */
type Taken = { framed: FramedIntent } | { refusal: IntentResult };

/**
 * What becomes of each envelope, in order, once all of it is durable. Each is answered on its own: one
 * that is refused leaves the others as they are. Throws where nothing can be taken at all
 * (`rate_limited`, `busy`, `disk_full`).
 */
export async function takeEnvelopes(
  envelopes: readonly unknown[],
  services: Services,
): Promise<IntentResult[]> {
  const { sequencer, metrics, clock } = services;
  const taken = await verifyAll(envelopes, services);
  limitByKey(taken, services);
  await sequencer.ready();
  const started_ms = clock.monotonic();
  const results: (IntentResult | Promise<IntentResult>)[] = [];
  for (const one of taken) {
    results.push("framed" in one ? offer(one.framed, services) : one.refusal);
  }
  const settled = await Promise.all(results);
  const last_seq = settled.reduce((seq, result) => Math.max(seq, result.seq ?? 0), 0);
  await sequencer.feed.whenDurable(last_seq);
  metrics.commit(clock.monotonic() - started_ms);
  for (const result of settled) metrics.intent(result.ok ? "ok" : result.code);
  return settled;
}

/**
 * Sequences an intent, unless it is a sealed bid whose opening won't do, or an arrival that its old home
 * doesn't confirm.
 */
function offer(framed: FramedIntent, services: Services): IntentResult | Promise<IntentResult> {
  try {
    checkSealed(framed.intent, services);
    checkArrival(framed.intent, services);
  } catch (thrown) {
    return refusalResult(thrown, framed.intent_sha256);
  }
  return services.sequencer.offer(framed);
}

/** Frames every envelope, then has all signatures checked at once. */
async function verifyAll(envelopes: readonly unknown[], services: Services): Promise<Taken[]> {
  const audience = { node_id: services.node.id, now: services.sequencer.now() };
  const taken: Taken[] = envelopes.map((envelope) => {
    try {
      return { framed: frameIntent(envelope, audience) };
    } catch (thrown) {
      return { refusal: refusalResult(thrown, null) };
    }
  });
  const framed = taken.flatMap((one) => "framed" in one ? [one.framed] : []);
  const verdicts = await services.verifier.verify(
    framed.map(({ intent, sig, bytes }) => ({ actor: intent.actor, sig, bytes })),
  );
  const refusals = new Map<FramedIntent, HorizonError>();
  for (const [i, one] of framed.entries()) {
    const refusal = refusalOf(verdicts[i] ?? "invalid_signature") ??
      await checkBundle(one.intent, services).catch(asRefusal);
    if (refusal !== null) refusals.set(one, refusal);
  }
  return taken.map((one) => {
    if ("refusal" in one) return one;
    const refusal = refusals.get(one.framed);
    return refusal === undefined
      ? one
      : { refusal: refusalResult(refusal, one.framed.intent_sha256) };
  });
}

/** Takes each actor's share from its bucket: only now, since before anyone could empty another's. */
function limitByKey(taken: readonly Taken[], services: Services): void {
  const counts = new Map<string, number>();
  for (const one of taken) {
    if (!("framed" in one)) continue;
    const { actor } = one.framed.intent;
    if (actor !== services.node.id) counts.set(actor, (counts.get(actor) ?? 0) + 1);
  }
  for (const [actor, count] of counts) services.keyRates.take(actor, count);
}

function asRefusal(thrown: unknown): HorizonError {
  if (thrown instanceof HorizonError) return thrown;
  throw thrown;
}
