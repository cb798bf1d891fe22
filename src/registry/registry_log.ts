import type { Clock } from "../base/clock.ts";
import { HorizonError, messageOf } from "../base/errors.ts";
import type { LogEntry } from "../base/log.ts";
import { meaningOf } from "../protocol/codes.ts";

const OP = "registry";
/** Statuses from here on are the registry's fault, not the caller's. */
const SERVER_ERROR = 500;

/** What the registry tells the operation log. */
export class RegistryLog {
  readonly #clock: Clock;
  readonly #write: (entry: LogEntry) => void;

  constructor(clock: Clock, write: (entry: LogEntry) => void) {
    this.#clock = clock;
    this.#write = write;
  }

  info(status: string, details: Record<string, unknown>): void {
    this.#write({ at: this.#at(), level: "info", op: OP, status, details });
  }

  /** What only someone who looks for a fault wants to read. */
  debug(status: string, details: Record<string, unknown>): void {
    this.#write({ at: this.#at(), level: "debug", op: OP, status, details });
  }

  /** Notes what went wrong while doing something, unless it was the caller's fault. */
  failure(doing: string, thrown: unknown): void {
    const code = thrown instanceof HorizonError ? thrown.code : "internal";
    if (meaningOf(code).status < SERVER_ERROR) return;
    const details = { message: messageOf(thrown) };
    this.#write({
      at: this.#at(),
      level: "error",
      op: OP,
      status: "failed",
      code,
      subject: doing,
      details,
    });
  }

  #at(): string {
    return new Date(this.#clock.now()).toISOString();
  }
}
