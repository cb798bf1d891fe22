import type { Services } from "./services.ts";

/** Adds to the metrics what is read from the registry's parts when someone asks. */
export function addGauges(services: Services): void {
  const { metrics, sequencer, streams, gpus, sessions } = services;
  const leads = () => services.leads() ? 1 : 0;
  metrics.gauge("horizon_leads", "1 while this process orders the market, else 0.", leads);
  metrics.gauge("horizon_head_seq", "The last durable event.", () => sequencer.feed.head.seq);
  metrics.gauge(
    "horizon_queue_events",
    "Events on their way to the disk.",
    () => sequencer.feed.depth,
  );
  metrics.gauge("horizon_stream_clients", "Open event and log streams.", () => streams.size);
  metrics.gauge("horizon_sessions", "Session tokens given out.", () => sessions.size);
  metrics.gauge(
    "horizon_gpus",
    "Registered GPUs by status.",
    () => counted(gpus.views(), ({ status }) => `status="${status}"`),
  );
  metrics.gauge(
    "horizon_auctions",
    "Auctions in memory by state.",
    () => counted(sequencer.state.auctions.values(), ({ state }) => `state="${state}"`),
  );
  metrics.gauge(
    "horizon_bids",
    "Bids in memory by state.",
    () => counted(sequencer.state.bids.values(), ({ state }) => `state="${state}"`),
  );
}

/** How many of the records have each label. */
export function counted<T>(
  records: Iterable<T>,
  labelOf: (record: T) => string,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const record of records) {
    const label = labelOf(record);
    counts[label] = (counts[label] ?? 0) + 1;
  }
  return counts;
}
