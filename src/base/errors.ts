/** What a refusal carries besides its code and message. */
export interface ErrorOptionsOfHorizon {
  /** What the reader can do about it, as one sentence. */
  fix?: string;
  /** Facts a program may want: the field, the limit, the amount missing. JSON values only. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/**
 * The one error that people and programs see: a stable `code` (snake_case; `protocol/codes.ts` gives
 * each its HTTP status and exit code), what is wrong, where, and what to do. It never holds a secret.
 */
export class HorizonError extends Error {
  override name = "HorizonError";
  readonly code: string;
  readonly fix: string | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(
    code: string,
    message: string,
    options: ErrorOptionsOfHorizon = {},
  ) {
    super(
      message,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.fix = options.fix;
    this.details = options.details;
  }
}

/** The text of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
