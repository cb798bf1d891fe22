import { systemClock } from "../../src/base/clock.ts";
import { type Identity, identityOf, newSecret } from "../../src/base/identity.ts";
import { loadJobFile } from "../../src/cli/job_file.ts";
import { sendJob } from "../../src/cli/job_send.ts";
import { writeWgslTemplate } from "../../src/cli/job_template.ts";
import { Client } from "../../src/client/client.ts";
import { httpTransport } from "../../src/client/transport.ts";
import { openAdapter } from "../../src/gpu/adapter.ts";
import { runProvider } from "../../src/provider/daemon.ts";
import type { ProviderEvent } from "../../src/provider/events.ts";
import { Homes } from "../../src/provider/homes.ts";
import { registerGpu } from "../../src/provider/register.ts";
import { listen, type Listener } from "../../src/registry/listen.ts";
import { openRegistry, type Registry } from "../../src/registry/registry.ts";

export const GPU_ID = "rig-1";
const MAIN_URL = import.meta.resolve("../../src/main.ts");
const hasAdapter = await openAdapter().then(() => true, () => false);

/** A test on this machine's adapter; without one it is skipped, and says so. */
export function gpuTest(name: string, test: (market: TestMarket) => Promise<void>): void {
  const ignore = !hasAdapter;
  if (ignore) console.log(`skipped, no GPU adapter: ${name}`);
  Deno.test({
    name,
    ignore,
    // The Workers of the registry and the handles of the driver outlive a test.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const market = new TestMarket();
      try {
        await market.open();
        await test(market);
      } finally {
        await market.close();
      }
    },
  });
}

/** A registry served on loopback, an owner and a renter with keys of their own, in a temporary folder. */
export class TestMarket {
  readonly folder: string = Deno.makeTempDirSync();
  readonly events: ProviderEvent[] = [];
  readonly #owner = identityOf(newSecret());
  readonly #renter = identityOf(newSecret());
  #registry: Registry | undefined;
  #listener: Listener | undefined;
  #provider: { stop: AbortController; ended: Promise<void> } | undefined;
  #port = 0;
  #watchers: { event: ProviderEvent["event"]; seen: () => void }[] = [];

  /** Opens the registry, on the same port each time. */
  async open(): Promise<void> {
    this.#registry = await openRegistry({
      folder: `${this.folder}/data`,
      mode: "served",
      settings: { allow_software: true, welcome_credit_micros: 5_000_000 },
      main_url: MAIN_URL,
    });
    this.#listener = await listen(this.#registry, { host: "127.0.0.1", port: this.#port });
    this.#port = this.#listener.port;
  }

  /** Closes the registry, as a restart would. */
  async closeRegistry(): Promise<void> {
    await this.#listener?.close();
    await this.#registry?.close();
    this.#listener = undefined;
    this.#registry = undefined;
  }

  async close(): Promise<void> {
    await this.stopProvider();
    await this.closeRegistry();
    await Deno.remove(this.folder, { recursive: true });
  }

  get owner(): Client {
    return this.#client(this.#owner);
  }

  /** The owner's record of where the GPU is at home. */
  get homes(): Homes {
    return new Homes(`${this.folder}/homes`, this.#owner);
  }

  get renter(): Client {
    return this.#client(this.#renter);
  }

  /** Proves and lists the GPU, and starts its provider. */
  async offer(): Promise<void> {
    const request = {
      gpu_id: GPU_ID,
      gpu_type: "auto",
      price_micros_per_hour: 300_000,
      benchmark_ms: 300,
    };
    const { judged } = await registerGpu(this.owner, request, systemClock, () => {});
    if (!judged.listed) throw new Error(judged.verdict.reason);
    await this.startProvider();
  }

  /** Starts the daemon, and waits until the registry knows it. */
  async startProvider(): Promise<void> {
    const stop = new AbortController();
    const online = this.next("online");
    const ended = runProvider({
      client: this.owner,
      clock: systemClock,
      unjailed: false,
      gpus: [GPU_ID],
      homes: this.homes,
      log: (event) => this.#take(event),
    }, stop.signal);
    this.#provider = { stop, ended };
    await Promise.race([online, ended]);
  }

  async stopProvider(): Promise<void> {
    this.#provider?.stop.abort();
    await this.#provider?.ended;
    this.#provider = undefined;
  }

  /** Resolves when the daemon next tells of such an event. */
  next(event: ProviderEvent["event"]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watchers.push({ event, seen: resolve });
    return promise;
  }

  /** The renter rents the GPU for an hour. */
  async rent(): Promise<void> {
    const { verdict } = await this.renter.gpu(GPU_ID);
    const kind = verdict?.verdict;
    if (kind !== "verified" && kind !== "software") throw new Error(`the GPU is ${kind}`);
    await this.renter.submit("lease.rent", {
      gpu_id: GPU_ID,
      duration_s: 3600,
      max_price_micros_per_hour: 300_000,
      expected: { verdict: kind, class: verdict?.class ?? "" },
    });
  }

  /** Submits the template job, with another shader where one is given; its id. */
  async submit(options: { repeat?: number; shader?: string } = {}): Promise<string> {
    const { repeat, shader } = options;
    const folder = await Deno.makeTempDir({ dir: this.folder });
    await writeWgslTemplate(`${folder}/job`, repeat);
    if (shader !== undefined) await Deno.writeTextFile(`${folder}/job/matrix.wgsl`, shader);
    return await sendJob(
      this.renter,
      GPU_ID,
      await loadJobFile(`${folder}/job/job.yaml`),
      () => {},
    );
  }

  #client(identity: Identity): Client {
    const node_id = this.#registry?.node_id;
    if (node_id === undefined) throw new Error("the registry is closed");
    const transport = httpTransport(`http://127.0.0.1:${this.#port}`);
    return new Client({ transport, identity, node_id });
  }

  #take(event: ProviderEvent): void {
    this.events.push(event);
    const rest = this.#watchers.filter((watcher) => watcher.event !== event.event);
    const seen = this.#watchers.filter((watcher) => watcher.event === event.event);
    this.#watchers = rest;
    for (const watcher of seen) watcher.seen();
  }
}
