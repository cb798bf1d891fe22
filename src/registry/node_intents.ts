import { encodeBase64Url } from "@std/encoding/base64url";
import { HorizonError } from "../base/errors.ts";
import { sha256Hex } from "../base/hash.ts";
import type { Identity } from "../base/identity.ts";
import { newId } from "../base/ids.ts";
import { canonicalJson } from "../base/json.ts";
import type { IntentResult } from "../protocol/api.ts";
import { type Intent, type IntentBody, INTENTS, type IntentType } from "../protocol/intent.ts";
import { validate } from "../protocol/validate.ts";
import type { FramedIntent } from "../protocol/frame.ts";
import type { Sequencer } from "./sequencer.ts";

/** How long an intent of the registry's own lives: it is sequenced at once. */
const LIFE_MS = 60_000;
const encoder = new TextEncoder();

/** The registry's own intents: signed by its node key, through the same sequencer as all others. */
export class NodeIntents {
  readonly #node: Identity;
  readonly #sequencer: Sequencer;

  constructor(node: Identity, sequencer: Sequencer) {
    this.#node = node;
    this.#sequencer = sequencer;
  }

  /** The durable event of an intent. Throws the refusal where the market refuses it. */
  async submit<T extends IntentType>(
    type: T,
    body: IntentBody<T>,
  ): Promise<Extract<IntentResult, { ok: true }>> {
    const framed = await this.#sign(type, body);
    const result = await this.#sequencer.offer(framed);
    if (result.seq !== null) await this.#sequencer.feed.whenDurable(result.seq);
    if (result.ok) return result;
    const { code, message, details } = result;
    throw new HorizonError(code, message, details === null ? {} : { details });
  }

  async #sign<T extends IntentType>(type: T, body: IntentBody<T>): Promise<FramedIntent> {
    // The feed's own time: the machine's may have been set back since.
    const now = this.#sequencer.now();
    const frame = {
      v: 1,
      id: newId(now),
      type,
      actor: this.#node.id,
      registry: this.#node.id,
      issued_at: now,
      expires_at: now + LIFE_MS,
      body,
    };
    // The schema of this very type accepts it, which is what the union asks for.
    const intent = validate(INTENTS[type], frame, "The registry's own intent") as Intent;
    const text = canonicalJson(intent);
    const bytes = encoder.encode(text);
    const sig = encodeBase64Url(await this.#node.signAsync(bytes));
    return { intent, sig, text, bytes, intent_sha256: sha256Hex(bytes) };
  }
}
