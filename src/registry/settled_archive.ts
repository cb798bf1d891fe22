import type { Services } from "./services.ts";

/**
 * Resolves when the archive has all that has left the memory by now: the state runs ahead of the disk,
 * so what is in neither is on its way. Rejects if the events on their way are lost.
 */
export async function settledArchive(
  { sequencer, projector }: Pick<Services, "sequencer" | "projector">,
): Promise<void> {
  await sequencer.feed.whenDurable(sequencer.head.seq);
  await projector.settle(sequencer.feed.head.seq);
}
