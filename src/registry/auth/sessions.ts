import { encodeBase64Url } from "@std/encoding/base64url";
import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import type { Clock } from "../../base/clock.ts";
import { HorizonError } from "../../base/errors.ts";
import { sha256, sha256Hex } from "../../base/hash.ts";
import { canonicalBytes } from "../../base/json.ts";
import type { Session } from "../../protocol/api.ts";
import { SessionEnvelope } from "../../protocol/intent.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { validate } from "../../protocol/validate.ts";
import { checkDates } from "../../protocol/frame.ts";
import { refusalOf } from "../../base/signatures.ts";
import type { Verifier } from "./verifier.ts";

/** Who a session token speaks for, and until when. */
export interface SessionHolder {
  actor: string;
  expires_at: number;
}

interface Stored extends SessionHolder {
  token_sha256: Uint8Array;
}

const TOKEN_BYTES = 32;
/** Leading hex digits of a token's hash under which it is looked up; the rest is compared in constant time. */
const LOOKUP_DIGITS = 16;

/** The session tokens given out. Only their hashes are kept, in memory: a restart ends them all. */
export class Sessions {
  readonly #node_id: string;
  readonly #clock: Clock;
  readonly #verifier: Verifier;
  readonly #stored = new Map<string, Stored>();
  /** Ids of session intents that were used, with their expiry: none opens a second session. */
  readonly #used = new Map<string, number>();

  constructor(node_id: string, clock: Clock, verifier: Verifier) {
    this.#node_id = node_id;
    this.#clock = clock;
    this.#verifier = verifier;
  }

  /**
   * Opens a session for the actor of a signed session envelope. Throws like `frameIntent`, and
   * `invalid_key`, `invalid_signature`, `intent_id_reused`, `limit_reached`.
   */
  async open(value: unknown): Promise<Session> {
    const { intent, sig } = validate(SessionEnvelope, value, "The session envelope");
    const now = this.#clock.now();
    checkDates(intent, { node_id: this.#node_id, now });
    const bytes = canonicalBytes(intent);
    const [verdict] = await this.#verifier.verify([{ actor: intent.actor, sig, bytes }]);
    const refusal = refusalOf(verdict ?? "invalid_signature");
    if (refusal !== null) throw refusal;
    this.#forget(now);
    const use = `${intent.actor}/${intent.id}`;
    if (this.#used.has(use)) {
      throw new HorizonError("intent_id_reused", "This session envelope was used already.");
    }
    if (this.#stored.size >= LIMITS.sessions) {
      throw new HorizonError("limit_reached", "Too many sessions are open; try again later.");
    }
    this.#used.set(use, intent.expires_at);
    const token = encodeBase64Url(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)));
    const expires_at = now + LIMITS.session_life_ms;
    const holder = { actor: intent.actor, expires_at, token_sha256: sha256(token) };
    this.#stored.set(lookup(token), holder);
    return { token, expires_at };
  }

  /** The holder of the token in an `Authorization` header. Throws `session_invalid`. */
  holder(authorization: string | undefined): SessionHolder {
    const token = /^Bearer ([A-Za-z0-9_-]{32,128})$/.exec(authorization ?? "")?.[1];
    const stored = token === undefined ? undefined : this.#stored.get(lookup(token));
    if (
      token === undefined || stored === undefined ||
      !timingSafeEqual(stored.token_sha256, sha256(token)) ||
      stored.expires_at <= this.#clock.now()
    ) {
      throw new HorizonError("session_invalid", "This needs a valid session token.", {
        fix: "Open a session with POST /v1/sessions; it lives 15 minutes.",
      });
    }
    return stored;
  }

  get size(): number {
    return this.#stored.size;
  }

  /** Drops what has expired; both maps are in the order of time. */
  #forget(now: number): void {
    for (const [key, { expires_at }] of this.#stored) {
      if (expires_at > now) break;
      this.#stored.delete(key);
    }
    for (const [use, expires_at] of this.#used) {
      if (expires_at <= now) this.#used.delete(use);
    }
  }
}

function lookup(token: string): string {
  return sha256Hex(token).slice(0, LOOKUP_DIGITS);
}
