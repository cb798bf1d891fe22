import { API_BASE } from "../../protocol/api.ts";
import { Layout } from "./layout.tsx";
import { Facts } from "./parts.tsx";

/** How the registry itself does. */
export interface Health {
  software: string;
  mode: string;
  /** True where this process orders the market. */
  leads: boolean;
  head_seq: number;
  /** Events on their way to the disk. */
  queue_events: number;
  /** Upper bounds of what half, and 99 of 100 intents took until durable; null before the first. */
  commit_p50_ms: number | null;
  commit_p99_ms: number | null;
  answered: number;
  streams: number;
  sessions: number;
  gpus: Readonly<Record<string, number>>;
  auctions: Readonly<Record<string, number>>;
  open_jobs: number;
}

/** The registry's own health, as its metrics have it. */
export function HealthPage({ health, now_ms }: { health: Health; now_ms: number }) {
  const { commit_p50_ms, commit_p99_ms } = health;
  return (
    <Layout title="Health" section="/health" live="/live?of=health" now_ms={now_ms}>
      <div data-part="health">
        <Facts
          of={[
            ["Software", health.software],
            ["Mode", health.leads ? health.mode : `${health.mode}, follows the leader`],
            ["Events", `${health.head_seq} durable, ${health.queue_events} on their way`],
            ["Intents, half durable within", atMost(commit_p50_ms)],
            ["Intents, 99 of 100 within", atMost(commit_p99_ms)],
            ["Requests answered", String(health.answered)],
            ["Open streams", String(health.streams)],
            ["Sessions", String(health.sessions)],
            ["GPUs", countsText(health.gpus)],
            ["Auctions", countsText(health.auctions)],
            ["Jobs under way", String(health.open_jobs)],
          ]}
        />
      </div>
      <p>
        The same for programs: <a href="/metrics">Prometheus metrics</a>,{" "}
        <a href="/healthz">liveness</a>, <a href="/readyz">readiness</a>,{" "}
        <a href={`${API_BASE}/node`}>this node</a>.
      </p>
    </Layout>
  );
}

function atMost(ms: number | null): string {
  return ms === null ? "none yet" : `${ms} ms`;
}

function countsText(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
  return parts.length === 0 ? "none" : parts.join(", ");
}
