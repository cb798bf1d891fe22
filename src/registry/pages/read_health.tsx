import { VERSION } from "../../base/version.ts";
import { counted } from "../gauges.ts";
import type { Services } from "../services.ts";
import { HealthPage } from "./health_page.tsx";
import { htmlBytes, page } from "./show.ts";

/** The page of the registry's own health. */
export async function healthPage(services: Services) {
  const { sequencer, metrics, streams, sessions, gpus, clock } = services;
  const { state, feed } = sequencer;
  const health = {
    software: `horizon/${VERSION}`,
    mode: state.settings.mode,
    leads: services.leads(),
    head_seq: feed.head.seq,
    queue_events: feed.depth,
    commit_p50_ms: metrics.commitQuantile(0.5),
    commit_p99_ms: metrics.commitQuantile(0.99),
    answered: metrics.answered,
    streams: streams.size,
    sessions: sessions.size,
    gpus: counted(gpus.views(), ({ status }) => status),
    auctions: counted(state.auctions.values(), (auction) => auction.state),
    open_jobs: state.open_jobs.values().reduce((sum, jobs) => sum + jobs.size, 0),
  };
  return page(await htmlBytes(<HealthPage health={health} now_ms={clock.now()} />));
}
