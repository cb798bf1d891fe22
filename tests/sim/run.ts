import { messageOf } from "../../src/base/errors.ts";
import type { Actor, Stage } from "./actor.ts";
import { Disk } from "./disk.ts";
import { Faults } from "./faults.ts";
import { replaceFiles } from "./files.ts";
import { Host } from "./host.ts";
import { FINE, Network } from "./network.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { Owner } from "./owner.ts";
import { Acknowledgements } from "./records.ts";
import { Renter } from "./renter.ts";
import { World } from "./world.ts";

/** How a run went. */
export interface Finished {
  outcome: Outcome;
  /** SHA-256 of all that happened, in order. */
  trace: string;
  /** Milliseconds of virtual time. */
  elapsed_ms: number;
  crashes: number;
  requests: number;
}

export interface RunOptions {
  /** By default the seed says how many. */
  hosts?: number;
  onTrace?: (line: string) => void;
  /** Called when all is quiet, before the outcome is read. */
  spoil?: (run: Run) => void | Promise<void>;
}

/** How long actors act under faults, and how long it may take until all is quiet after them. */
const ACTIVE_MS = 28_000;
const QUIET_MS = 300_000;
/** Registries of a run, each as likely as it is named. */
const HOSTS = [1, 2, 2, 3, 3, 4] as const;

/** Runs a seed from its first start to the quiet after all faults. */
export async function runSeed(seed: number, options: RunOptions = {}): Promise<Finished> {
  using world = new World(seed);
  if (options.onTrace !== undefined) world.onTrace = options.onTrace;
  const run = new Run(world, options.hosts ?? HOSTS[world.random.below(HOSTS.length)] ?? 1);
  try {
    return await run.go(options.spoil ?? (() => {}));
  } finally {
    run.restoreFiles();
  }
}

/** A world with registries, owners and renters in it. */
export class Run {
  readonly world: World;
  readonly disk: Disk;
  readonly network: Network;
  readonly hosts: Host[];
  readonly acknowledged = new Acknowledgements();
  readonly failures: string[] = [];
  readonly restoreFiles: () => void;
  readonly #actors: Actor[];
  #isClosing = false;
  #acting = 0;

  constructor(world: World, hosts: number) {
    this.world = world;
    this.disk = new Disk(world.random);
    this.network = new Network(world);
    this.restoreFiles = replaceFiles(this.disk, world);
    const { random } = world;
    this.hosts = Array.from({ length: hosts }, (_, i) => {
      return new Host(`reg-${i}`, random.below(4_001) - 2_000, this);
    });
    this.#actors = this.#cast();
  }

  readonly fail = (what: string, thrown: unknown): void => {
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    this.failures.push(`${what}: ${stack ?? messageOf(thrown)}`);
    this.world.note(`failure: ${what}: ${messageOf(thrown)}`);
  };

  async go(spoil: NonNullable<RunOptions["spoil"]>): Promise<Finished> {
    const { world } = this;
    for (const host of this.hosts) void host.start();
    const areUp = () => this.failures.length > 0 || this.hosts.every(({ registry }) => registry);
    await world.runUntil(areUp, 60_000);
    this.#connect();
    this.#act();
    const faults = new Faults(this);
    faults.start();
    await world.runUntil(() => false, world.now_ms + ACTIVE_MS);
    this.#isClosing = true;
    faults.heal(FINE);
    await this.#untilQuiet(world.now_ms + QUIET_MS);
    await spoil(this);
    const { hosts } = this;
    const outcome = await this.#outcome();
    for (const { name, head } of outcome.feeds) world.note(`${name} ends with ${head?.hash}`);
    return {
      outcome,
      trace: world.digest(),
      elapsed_ms: world.now_ms,
      crashes: hosts.reduce((sum, { crashes }) => sum + crashes, 0),
      requests: this.network.requests,
    };
  }

  #cast(): Actor[] {
    const { random } = this.world;
    const stage: Stage = {
      world: this.world,
      network: this.network,
      hosts: this.hosts,
      acknowledged: this.acknowledged,
      isClosing: () => this.#isClosing,
      fail: this.fail,
    };
    const owners = this.hosts.map((host, i) => {
      const gpus = Array.from({ length: 1 + random.below(3) }, (_, n) => `gpu-${n}`);
      return new Owner(`owner-${i}`, host, gpus, stage);
    });
    const renters = Array.from({ length: 2 + random.below(2) }, (_, i) => {
      return new Renter(`renter-${i}`, stage);
    });
    return [...owners, ...renters];
  }

  #act(): void {
    for (const actor of this.#actors) {
      this.#acting++;
      this.world.spawn(actor.process, "act", () => actor.act()).then(
        () => this.#acting--,
        (thrown) => this.fail(actor.name, thrown),
      );
    }
  }

  /** Each registry's operator connects it to the one before; they find the others by themselves. */
  #connect(): void {
    this.hosts.forEach((host, i) => {
      const target = this.hosts[i - 1];
      if (target !== undefined) void this.#connectOne(host, target);
    });
  }

  async #connectOne(host: Host, target: Host): Promise<void> {
    for (let isDone = false; !isDone;) {
      const { registry, process } = host;
      isDone = registry !== null && await new Promise<boolean>((resolve) => {
        const request = { target: target.url, alias: target.name };
        this.world.spawn(process, "connect", () => registry.federation.connect(request))
          .then(() => resolve(true), () => resolve(false));
        // A crash leaves it without an answer.
        this.world.after(10_000, null, "the operator looks", () => resolve(false));
      });
      if (isDone) return;
      await new Promise<void>((resolve) => this.world.after(2_000, null, "operator", resolve));
    }
  }

  async #untilQuiet(end_ms: number): Promise<void> {
    const { world } = this;
    for (let isQuiet = false; !isQuiet && world.now_ms < end_ms;) {
      const next_ms = world.now_ms + 1_000;
      await world.runUntil(() => false, next_ms);
      world.now_ms = next_ms;
      isQuiet = this.failures.length > 0 || this.#acting === 0 && this.#isConverged() &&
          await this.#areJobsOver();
    }
  }

  /** Reads what the registries' disks hold: their memories are their own. */
  async #areJobsOver(): Promise<boolean> {
    for (const { events } of (await this.#outcome()).feeds) {
      const count = (type: string) => events.filter((event) => event.type === type).length;
      if (count("job.submitted") !== count("job.ended")) return false;
    }
    return true;
  }

  #outcome(): Promise<Outcome> {
    const { hosts, disk, world, acknowledged: { all: acknowledged }, failures } = this;
    return outcomeOf({ hosts, disk, world, acknowledged, failures });
  }

  #isConverged(): boolean {
    return this.hosts.every(({ registry: at }) =>
      at !== null && this.hosts.every(({ node, registry: of }) => {
        if (of === at || node === null) return true;
        return at.federation.link(node.id)?.holder.replica.taken_seq === of?.head().seq;
      })
    );
  }
}
