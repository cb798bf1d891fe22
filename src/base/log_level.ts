/** How much it takes for an entry to be written: each level has those before it too. */
export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Whether a log of that level has an entry. */
export function isLogged(entry: LogLevel, level: LogLevel): boolean {
  return LOG_LEVELS.indexOf(entry) <= LOG_LEVELS.indexOf(level);
}
