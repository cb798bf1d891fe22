import type { Identity } from "../../src/base/identity.ts";
import { inlineVerifier } from "../../src/registry/auth/verifier.ts";
import { openRegistry, type Registry } from "../../src/registry/registry.ts";
import { type Disk, SIM_ROOT } from "./disk.ts";
import { SimKv } from "./kv.ts";
import type { Network } from "./network.ts";
import { Process, type World } from "./world.ts";

/** What the hosts of a run stand in. */
export interface Surroundings {
  world: World;
  disk: Disk;
  network: Network;
  /** Told of what the run must not see. */
  fail(what: string, thrown: unknown): void;
}

/** A machine with a real registry on it, which may crash at any time and comes back with its disk. */
export class Host {
  readonly name: string;
  readonly folder: string;
  /** Runs now; null while the machine is down, or still starting. */
  registry: Registry | null = null;
  /** The registry's key, once it was made. */
  node: Identity | null = null;
  process: Process;
  crashes = 0;
  readonly #in: Surroundings;

  constructor(name: string, skew_ms: number, surroundings: Surroundings) {
    this.name = name;
    this.folder = `${SIM_ROOT}${name}`;
    this.#in = surroundings;
    this.process = new Process(surroundings.world, name, skew_ms);
  }

  get url(): string {
    return `http://${this.name}`;
  }

  /** Starts the registry on its folder; one that can't start is the run's failure. */
  async start(): Promise<void> {
    const { world, disk, network, fail } = this.#in;
    const process = new Process(world, this.name, this.process.skew_ms);
    this.process = process;
    try {
      const registry = await world.spawn(process, "start", () =>
        openRegistry({
          folder: this.folder,
          mode: "served",
          settings: { fee_bps: 250 },
          proving: { again: false },
          clock: process,
          main_url: "",
          openKv: (path) => Promise.resolve(new SimKv(disk.kv(path), world)),
          verifier: inlineVerifier,
          federation: {
            dial: (url) => Promise.resolve(network.transport(process, this.name, url)),
          },
          log: (entry) => world.note(`${this.name} log ${JSON.stringify(entry)}`),
        }));
      if (!process.isAlive) return;
      this.registry = registry;
      this.node = registry.node;
      registry.follow([this.url]);
      network.listen(this.name, { process, fetch: registry.fetch });
      world.note(`${this.name} is up at event ${registry.head().seq}`);
    } catch (thrown) {
      if (process.isAlive) fail(`${this.name} can't start`, thrown);
    }
  }

  /** The machine loses its power: memory is gone, and what of the disk was not synced may be. */
  crash(): void {
    const { world, disk, network } = this.#in;
    this.process.isAlive = false;
    this.registry = null;
    this.crashes++;
    network.vanish(this.name);
    disk.crash(this.folder);
    world.note(`${this.name} has crashed`);
  }

  /** Closes the registry as its operator does, and lets it be down. */
  async stop(): Promise<void> {
    const { world, network } = this.#in;
    const { registry, process } = this;
    if (registry === null) return;
    this.registry = null;
    network.vanish(this.name);
    await world.spawn(process, "close", () => registry.close());
  }
}
