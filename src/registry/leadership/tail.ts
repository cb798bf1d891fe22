import type { PlacedEvent } from "../../protocol/event_text.ts";
import type { Journal } from "../../store/journal.ts";
import { replay } from "../../store/replay.ts";
import type { Sequencer } from "../sequencer.ts";

/** Events that are handed on at once: between two stretches of them, requests are answered. */
const STRETCH_EVENTS = 1_000;
const decoder = new TextDecoder();

/**
 * Brings a following sequencer to the journal's head, whose chain is checked from the state's own head
 * on. Throws what the store throws, and `data_corrupt`.
 */
export async function followJournal(journal: Journal, sequencer: Sequencer): Promise<void> {
  await sequencer.ready();
  await journal.reload();
  let stretch: PlacedEvent[] = [];
  const handOn = () => {
    const placed = stretch;
    stretch = [];
    sequencer.follow(placed);
  };
  await replay(journal, sequencer.head, (event, { bytes, hash }) => {
    const text = decoder.decode(bytes);
    const head = { seq: event.seq, hash };
    stretch.push({ event, text, bytes: new Uint8Array(bytes), head });
    if (stretch.length === STRETCH_EVENTS) handOn();
  });
  handOn();
}
