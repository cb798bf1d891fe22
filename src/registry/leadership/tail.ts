import type { PlacedEvent } from "../../protocol/event_text.ts";
import type { Journal } from "../../store/journal.ts";
import { replay } from "../../store/replay.ts";
import type { Sequencer } from "../sequencer.ts";

const decoder = new TextDecoder();

/**
 * Brings a following sequencer to the journal's head, whose chain is checked from the state's own head
 * on. Throws what the store throws, and `data_corrupt`.
 */
export async function followJournal(journal: Journal, sequencer: Sequencer): Promise<void> {
  await sequencer.ready();
  await journal.reload();
  let placed: PlacedEvent[] = [];
  await replay(journal, sequencer.head, (event, { bytes, hash }) => {
    const head = { seq: event.seq, hash };
    placed.push({ event, text: decoder.decode(bytes), bytes: new Uint8Array(bytes), head });
  }, (batch) => {
    sequencer.follow(placed);
    placed = [];
    journal.announce(batch);
  });
}
