import type { Disk } from "./disk.ts";
import type { Host } from "./host.ts";
import type { Network, Weather } from "./network.ts";
import { Process, type World } from "./world.ts";

/** What befalls the machines and the network of a run, all by the seed. */
export class Faults {
  readonly #world: World;
  readonly #network: Network;
  readonly #disk: Disk;
  readonly #hosts: readonly Host[];
  readonly #fate: Process;
  #isOver = false;
  /** Loses its power while it next writes to its disk. */
  #doomed: Host | null = null;

  constructor(
    { world, network, disk, hosts }: {
      world: World;
      network: Network;
      disk: Disk;
      hosts: readonly Host[];
    },
  ) {
    this.#world = world;
    this.#network = network;
    this.#disk = disk;
    this.#hosts = hosts;
    this.#fate = new Process(world, "fate", 0);
  }

  /** Begins; there is no end before `heal`. */
  start(): void {
    const { random } = this.#world;
    this.#network.weather = pickWeather((end) => random.below(end));
    this.#disk.onCommit = (path, wait_ms) => this.#strikeCommit(path, wait_ms);
    this.#later(() => this.#strike());
  }

  /** Ends all of it: the network is fine, and every machine comes up in its time. */
  heal(fine: Weather): void {
    this.#isOver = true;
    this.#network.weather = fine;
    this.#network.partition([]);
    this.#world.note("all is well");
  }

  #later(run: () => void): void {
    const wait_ms = 1_000 + this.#world.random.below(7_000);
    this.#world.after(wait_ms, this.#fate, "fate", () => {
      if (this.#isOver) return;
      run();
      this.#later(run);
    });
  }

  #strike(): void {
    const { random } = this.#world;
    const up = this.#hosts.filter(({ registry }) => registry !== null);
    const host = up[random.below(up.length)];
    if (host === undefined) return;
    const choice = random.below(10);
    if (choice < 2) this.#crash(host);
    else if (choice < 4) this.#doomed = host;
    else if (choice < 5) void this.#restart(host);
    else if (choice < 8) this.#part();
    else {
      const jump_ms = random.below(8_001) - 4_000;
      host.process.skew_ms += jump_ms;
      this.#world.note(`the clock of ${host.name} jumps by ${jump_ms} ms`);
    }
  }

  #crash(host: Host): void {
    const { random } = this.#world;
    host.crash();
    // Once in a while long enough for a gap in its feed.
    const isLong = random.below(8) === 0;
    this.#revive(host, isLong ? 61_000 + random.below(60_000) : 200 + random.below(12_000));
  }

  /** What is not on the disk yet is lost, and whoever was told of it before has been lied to. */
  #strikeCommit(path: string, wait_ms: number): void {
    const host = this.#doomed;
    if (host === null || this.#isOver || !path.startsWith(`${host.folder}/`)) return;
    this.#doomed = null;
    const { process } = host;
    // A moment before it is done, when most of what must not happen yet would have happened.
    this.#world.after(wait_ms - 0.5, this.#fate, "fate", () => {
      if (host.process === process && process.isAlive && host.registry !== null) this.#crash(host);
    });
  }

  async #restart(host: Host): Promise<void> {
    await host.stop();
    if (host.process.isAlive) this.#revive(host, 500);
  }

  #revive(host: Host, wait_ms: number): void {
    this.#world.after(wait_ms, this.#fate, `${host.name} gets its power back`, () => {
      void host.start();
    });
  }

  /** Parts some hosts from the rest, for a while. */
  #part(): void {
    const { random } = this.#world;
    const island = this.#hosts.filter(() => random.below(2) === 0).map(({ name }) => name);
    this.#network.partition(island);
    this.#world.note(`parted: ${island.join(" ")}`);
    this.#world.after(2_000 + random.below(12_000), this.#fate, "the parts join", () => {
      this.#network.partition([]);
    });
  }
}

function pickWeather(below: (end: number) => number): Weather {
  const isBad = below(3) > 0;
  return {
    min_ms: 1 + below(40),
    spread_ms: 1 + below(isBad ? 400 : 20),
    lost: isBad ? below(8) : 0,
    doubled: below(10),
    broken: isBad ? below(3) : 0,
  };
}
