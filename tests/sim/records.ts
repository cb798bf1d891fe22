import type { IntentResult } from "../../src/protocol/api.ts";
import type { SignedIntent } from "../../src/client/intents.ts";

/** An answer that a registry has signed and a client has checked. */
export interface Acknowledged {
  host: string;
  intent_id: string;
  type: string;
  seq: number;
  ok: boolean;
  code: string | null;
}

/** What the clients of a run were told: the registries may not lose any of it. */
export class Acknowledgements {
  readonly all: Acknowledged[] = [];

  /** Keeps what an answer says of an intent, if it says that it is in the feed. */
  keep(host: string, { envelope: { intent } }: SignedIntent, result: IntentResult): void {
    if (result.seq === null) return;
    const code = result.ok ? null : result.code;
    const { id: intent_id, type } = intent;
    this.all.push({ host, intent_id, type, seq: result.seq, ok: result.ok, code });
  }
}
