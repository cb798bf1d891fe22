import type { PlacedEvent } from "../../protocol/event_text.ts";
import type { Journal } from "../../store/journal.ts";
import { replay } from "../../store/replay.ts";
import type { Sequencer } from "../sequencer.ts";

/**
 * Brings a following sequencer to the journal's head, whose chain is checked from the state's own head
 * on. Throws what the store throws, and `data_corrupt`.
 */
export async function followJournal(journal: Journal, sequencer: Sequencer): Promise<void> {
  await sequencer.ready();
  await journal.reload();
  let placed: PlacedEvent[] = [];
  await replay(journal, sequencer.head, (event, { bytes, text, hash }) => {
    placed.push({ event, text, bytes, head: { seq: event.seq, hash } });
  }, (batch) => {
    sequencer.follow(placed);
    placed = [];
    journal.announce(batch);
  });
}
