import type { Home } from "./binary.ts";

/** How long the network may take to come to what a test waits for. */
const PATIENCE_MS = 90_000;

/** Runs a command again and again until its document is as wanted. */
export async function until(
  person: Home,
  words: string[],
  wanted: (document: Record<string, unknown>) => boolean,
): Promise<void> {
  await bounded(words.join(" "), async () => wanted(await person.json(words)));
}

/** Asks again and again until the condition holds. */
export async function bounded(what: string, condition: () => Promise<boolean>): Promise<void> {
  const end_ms = performance.now() + PATIENCE_MS;
  while (!await condition()) {
    if (performance.now() > end_ms) {
      throw new Error(`in ${PATIENCE_MS} ms it never came to: ${what}`);
    }
  }
}
