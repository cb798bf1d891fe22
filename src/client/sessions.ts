import type { Clock } from "../base/clock.ts";
import type { Session } from "../protocol/api.ts";

/** A token this close to its end is not used any more. */
const RENEW_BEFORE_MS = 60_000;

/** The session token of one actor at one registry, renewed before it ends. */
export class SessionToken {
  readonly #open: () => Promise<Session>;
  readonly #clock: Clock;
  #session: Promise<Session> | undefined;
  /** When the token counts as old; never while it is being asked for. */
  #renew_at_ms = Infinity;

  /** `open` asks the registry for a fresh session. */
  constructor(open: () => Promise<Session>, clock: Clock) {
    this.#open = open;
    this.#clock = clock;
  }

  /** A token that is valid for a while. Calls at the same time share one request. */
  async get(): Promise<string> {
    const isFresh = this.#clock.now() < this.#renew_at_ms;
    const session = isFresh && this.#session !== undefined ? this.#session : this.#renew();
    return (await session).token;
  }

  /** Forgets the token: the registry doesn't know it (any more). */
  forget(): void {
    this.#session = undefined;
  }

  #renew(): Promise<Session> {
    const session = this.#open();
    this.#session = session;
    this.#renew_at_ms = Infinity;
    session.then(({ expires_at }) => {
      if (this.#session === session) this.#renew_at_ms = expires_at - RENEW_BEFORE_MS;
    }, () => {
      if (this.#session === session) this.#session = undefined;
    });
    return session;
  }
}
