import { Client } from "../../src/client/client.ts";
import { Disk } from "../../tests/sim/disk.ts";
import { replaceFiles } from "../../tests/sim/files.ts";
import { Host } from "../../tests/sim/host.ts";
import { Network } from "../../tests/sim/network.ts";
import { Process, World } from "../../tests/sim/world.ts";
import type { Figure } from "../figure.ts";

const FEW = 5;
const MANY = 50;
/** Events at each registry, one a second. */
const EVENTS = 20;
const CONNECT_MS = 120_000;
const SETTLE_MS = 5_000;

/** What a federation of so many sends while events come. */
interface Sent {
  /** For each event and each node: in all, and of that for feeds alone. */
  bytes: number;
  feed_bytes: number;
  event_bytes: number;
}

/** What it costs that every registry holds every other one's feed; in virtual time. */
export const figure: Figure = {
  group: "network",
  name: `${MANY} simulated registries: bytes sent an event a node / the event's size`,
  unit: "B",
  aim: null,
  async measure() {
    const few = await measureFederation(FEW);
    const many = await measureFederation(MANY);
    const of = (sent: number, { event_bytes }: Sent) => (sent / event_bytes).toFixed(2);
    const note =
      `with ${FEW} registries ${of(few.bytes, few)}, growth ${
        (many.bytes / many.event_bytes / (few.bytes / few.event_bytes)).toFixed(2)
      }; feeds alone ${of(few.feed_bytes, few)} and ${
        of(many.feed_bytes, many)
      }, the rest is the ` +
      `exchange of records and heads; one event a second at each registry`;
    return {
      ours: many.bytes,
      against: many.event_bytes,
      ratio: many.bytes / many.event_bytes,
      note,
    };
  },
};

async function measureFederation(count: number): Promise<Sent> {
  using world = new World(count);
  const disk = new Disk(world.random);
  const restore = replaceFiles(disk, world);
  try {
    const network = new Network(world);
    const fail = (what: string, thrown: unknown) => {
      throw new Error(what, { cause: thrown });
    };
    const hosts = Array.from(
      { length: count },
      (_, i) => new Host(`reg-${i}`, 0, { world, disk, network, fail }),
    );
    await connectAll(world, hosts);
    return await sendEvents(world, network, hosts);
  } finally {
    restore();
  }
}

/** Each registry is connected to the one before it, and finds the others. */
async function connectAll(world: World, hosts: readonly Host[]): Promise<void> {
  for (const host of hosts) void host.start();
  await world.runUntil(() => hosts.every(({ registry }) => registry !== null), CONNECT_MS);
  for (const [i, { process, registry }] of hosts.entries()) {
    const target = hosts[i - 1];
    if (target === undefined || registry === null) continue;
    const request = { target: target.url, alias: null };
    world.spawn(process, "connect", () => registry.federation.connect(request));
  }
  const isWhole = await world.runUntil(() => areEqual(hosts), world.now_ms + CONNECT_MS);
  if (!isWhole) throw new Error(`${hosts.length} registries didn't find each other`);
}

async function sendEvents(
  world: World,
  network: Network,
  hosts: readonly Host[],
): Promise<Sent> {
  let [bytes, feed_bytes] = [0, 0];
  network.onCarried = ({ from_name, to_name, path, size_bytes }) => {
    if (!from_name.startsWith("reg-") || !to_name.startsWith("reg-")) return;
    bytes += size_bytes;
    if (path.startsWith("/v1/feeds/")) feed_bytes += size_bytes;
  };
  const before = countEvents(hosts);
  for (const host of hosts) deposit(world, network, host);
  const end_ms = world.now_ms + EVENTS * 1_000 + SETTLE_MS;
  await world.runUntil(() => false, end_ms);
  await world.runUntil(() => areEqual(hosts), end_ms + CONNECT_MS);
  const count = countEvents(hosts) - before;
  const event_bytes = await meanEventBytes(hosts);
  const shares = count * hosts.length;
  return { bytes: bytes / shares, feed_bytes: feed_bytes / shares, event_bytes };
}

/** The operator of a registry credits itself, once a second. */
function deposit(world: World, network: Network, host: Host): void {
  const { node } = host;
  if (node === null) throw new Error(`${host.name} is not up`);
  const operator = new Process(world, `operator of ${host.name}`, 0);
  const client = new Client({
    transport: network.transport(operator, operator.name, host.url),
    identity: node,
    node_id: node.id,
    clock: operator,
  });
  for (let n = 0; n < EVENTS; n++) {
    world.after(n * 1_000 + world.random.below(1_000), operator, "deposit", () => {
      void client.submit("wallet.deposit", { to: node.id, amount_micros: 1 });
    });
  }
}

function countEvents(hosts: readonly Host[]): number {
  return hosts.reduce((sum, { registry }) => sum + (registry?.head().seq ?? 0), 0);
}

/** Whether every registry holds all of every other one's feed. */
function areEqual(hosts: readonly Host[]): boolean {
  return hosts.every((at) =>
    hosts.every((of) => {
      const replica = at.registry?.federation.link(of.registry?.node_id ?? "")?.holder.replica;
      return at === of || replica?.taken_seq === of.registry?.head().seq;
    })
  );
}

/** Mean size of the events that were sent, as one of the replicas holds them. */
async function meanEventBytes([first, second]: readonly Host[]): Promise<number> {
  const link = first?.registry?.federation.link(second?.registry?.node_id ?? "");
  if (link === undefined) throw new Error("the first registry doesn't know the second");
  let [count, size] = [0, 0];
  for await (const { bytes } of link.holder.replica.journal.read({ after_seq: 1, limit: EVENTS })) {
    count++;
    size += bytes.length;
  }
  return size / count;
}
