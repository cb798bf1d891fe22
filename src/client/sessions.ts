import type { Clock } from "../base/clock.ts";
import type { Session } from "../protocol/api.ts";

/** A token this close to its end is not used any more. */
const RENEW_BEFORE_MS = 60_000;

/** The session token of one actor at one registry, renewed before it ends. */
export class SessionToken {
  readonly #open: () => Promise<Session>;
  readonly #clock: Clock;
  #session: Promise<Session> | undefined;

  /** `open` asks the registry for a fresh session. */
  constructor(open: () => Promise<Session>, clock: Clock) {
    this.#open = open;
    this.#clock = clock;
  }

  /** A token that is valid for a while. Calls at the same time share one request. */
  async get(): Promise<string> {
    const held = await this.#session?.catch(() => undefined);
    if (held === undefined || held.expires_at - RENEW_BEFORE_MS <= this.#clock.now()) {
      this.#session = this.#open();
    }
    this.#session ??= this.#open();
    return (await this.#session).token;
  }

  /** Forgets the token: the registry doesn't know it (any more). */
  forget(): void {
    this.#session = undefined;
  }
}
