import type { Services } from "../services.ts";
import type { SseMessage } from "../streams.ts";
import type { Subject } from "../subjects.ts";

/** A page is told of changes no more often than this: each time it asks for what it shows. */
const LEAST_GAP_MS = 1_000;

/**
 * A message whenever the subject has changed, until the signal is aborted; its id is the seq then. The
 * first comes at once, for what has changed since the page was read. What changes without an event
 * (lag, load) is told of every `pulse_ms`; null: never.
 */
export async function* changes(
  subject: Subject,
  { subjects, sequencer }: Pick<Services, "subjects" | "sequencer">,
  signal: AbortSignal,
  pulse_ms: number | null,
): AsyncGenerator<SseMessage> {
  let isChanged = true;
  let isWaiting = false;
  let wake = () => {};
  const sleep = (ms: number | null) =>
    new Promise<void>((resolve) => {
      const timer = ms === null ? undefined : setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const forget = subjects.watch(subject, () => {
    isChanged = true;
    if (isWaiting) wake();
  });
  signal.addEventListener("abort", () => wake());
  try {
    while (!signal.aborted) {
      isWaiting = true;
      if (!isChanged) await sleep(pulse_ms);
      isWaiting = false;
      if (signal.aborted) return;
      isChanged = false;
      yield { id: sequencer.head.seq, data: subject };
      if (!signal.aborted) await sleep(LEAST_GAP_MS);
    }
  } finally {
    forget();
  }
}
