import type { Services } from "./services.ts";

/** Adds to the metrics what is read from the registry's parts when someone asks. */
export function addGauges({ metrics, sequencer, streams, gpus, sessions }: Services): void {
  metrics.gauge("horizon_head_seq", "The last durable event.", () => sequencer.feed.head.seq);
  metrics.gauge(
    "horizon_queue_events",
    "Events on their way to the disk.",
    () => sequencer.feed.depth,
  );
  metrics.gauge("horizon_stream_clients", "Open event and log streams.", () => streams.size);
  metrics.gauge("horizon_sessions", "Session tokens given out.", () => sessions.size);
  metrics.gauge("horizon_gpus", "Registered GPUs by status.", () => {
    const counts: Record<string, number> = {};
    for (const { status } of gpus.views()) {
      const label = `status="${status}"`;
      counts[label] = (counts[label] ?? 0) + 1;
    }
    return counts;
  });
}
