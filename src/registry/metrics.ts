/** Upper bounds of the latency buckets, in seconds. */
const BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Methods that are counted by name: a client can make up any other. */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE", "PATCH"]);

/** A value that is read when the metrics are asked for. */
interface Gauge {
  help: string;
  read(): number | Record<string, number>;
}

/** Counters and gauges in the Prometheus text format (version 0.0.4). */
export class Metrics {
  readonly #requests = new Map<string, number>();
  readonly #intents = new Map<string, number>();
  readonly #commits = { buckets: BUCKETS_S.map(() => 0), sum_s: 0, count: 0 };
  readonly #gauges = new Map<string, Gauge>();

  /** Counts an answered request by its method and the class of its status. */
  request(method: string, status: number): void {
    const shown = METHODS.has(method) ? method : "other";
    add(this.#requests, `method="${shown}",status="${Math.floor(status / 100)}xx"`);
  }

  /** Counts an intent by what became of it: `ok`, or the code of its refusal. */
  intent(result: string): void {
    add(this.#intents, `result="${result}"`);
  }

  /** Notes how long a decided intent waited until it was durable. */
  commit(elapsed_ms: number): void {
    const elapsed_s = elapsed_ms / 1000;
    this.#commits.sum_s += elapsed_s;
    this.#commits.count++;
    BUCKETS_S.forEach((bound, i) => {
      if (elapsed_s <= bound) this.#commits.buckets[i] = (this.#commits.buckets[i] ?? 0) + 1;
    });
  }

  /**
   * The bucket, in milliseconds, below which this share of the intents became durable; null before
   * the first, and above the last bucket.
   */
  commitQuantile(share: number): number | null {
    const { buckets, count } = this.#commits;
    const at = buckets.findIndex((value) => count > 0 && value >= share * count);
    const bound_s = BUCKETS_S[at];
    return bound_s === undefined ? null : bound_s * 1000;
  }

  /** How many requests were answered. */
  get answered(): number {
    return this.#requests.values().reduce((sum, count) => sum + count, 0);
  }

  /** Adds a gauge: one value, or one for each label text. */
  gauge(name: string, help: string, read: Gauge["read"]): void {
    this.#gauges.set(name, { help, read });
  }

  /** All of it as text. */
  text(): string {
    const { buckets, sum_s, count } = this.#commits;
    const latency = "horizon_commit_seconds";
    return [
      ...counter("horizon_requests_total", "Answered HTTP requests.", this.#requests),
      ...counter("horizon_intents_total", "Intents by what became of them.", this.#intents),
      `# HELP ${latency} From an intent's decision until it is durable.`,
      `# TYPE ${latency} histogram`,
      ...buckets.map((value, i) => `${latency}_bucket{le="${BUCKETS_S[i]}"} ${value}`),
      `${latency}_bucket{le="+Inf"} ${count}`,
      `${latency}_sum ${sum_s}`,
      `${latency}_count ${count}`,
      ...[...this.#gauges].flatMap(([name, gauge]) => gaugeLines(name, gauge)),
    ].join("\n") + "\n";
  }
}

function add(counts: Map<string, number>, labels: string): void {
  counts.set(labels, (counts.get(labels) ?? 0) + 1);
}

function counter(name: string, help: string, counts: Map<string, number>): string[] {
  const lines = [...counts].map(([labels, value]) => `${name}{${labels}} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...lines];
}

function gaugeLines(name: string, gauge: Gauge): string[] {
  const value = gauge.read();
  const lines = typeof value === "number"
    ? [`${name} ${value}`]
    : Object.entries(value).map(([labels, each]) => `${name}{${labels}} ${each}`);
  return [`# HELP ${name} ${gauge.help}`, `# TYPE ${name} gauge`, ...lines];
}
