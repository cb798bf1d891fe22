import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Home, type Running } from "./binary.ts";
import {
  listening,
  loopbackPlaces,
  namespacePlaces,
  namespaceRefusal,
  type Place,
} from "./places.ts";
import type { Places } from "./places.ts";
import { bounded, until } from "./waiting.ts";

const refusal = await namespaceRefusal();
if (refusal !== null) console.log(`skipped: no network namespaces here (${refusal})`);

Deno.test("three registries on loopback: found, rented across, cut off, converged", async (t) => {
  await using stage = loopbackPlaces(3);
  await play(t, stage);
});

Deno.test({
  name: "three registries in network namespaces: found, rented across, cut off, converged",
  ignore: refusal !== null,
  fn: async (t) => {
    await using stage = await namespacePlaces(3);
    await play(t, stage);
  },
});

/** A registry of the compiled binary, where it lives, and its operator. */
interface Town {
  place: Place;
  operator: Home;
  server: Running;
  url: string;
  node_id: string;
}

/** A is connected to B, and B to C; somebody at A rents what somebody at C offers. */
async function play(t: Deno.TestContext, { places }: Places): Promise<void> {
  await using homes = new AsyncDisposableStack();
  const home = (name: string, place: Place) => homes.use(new Home(name, place.inside));
  const towns: Town[] = [];
  for (const [i, place] of places.entries()) {
    towns.push(await openTown(home(`town${i}`, place), place));
  }
  const [a, b, c] = towns;
  assert(a !== undefined && b !== undefined && c !== undefined);

  await t.step("connecting one to the next, all three know each other", async () => {
    await a.operator.json(["network", "connect", b.url, "--alias", "b"]);
    await b.operator.json(["network", "connect", c.url, "--alias", "c"]);
    for (const town of towns) {
      await sees(town, (peers) => peers.length === 2 && peers.every(isLive));
    }
    const { stdout } = await a.operator.run(["network", "status"]);
    assertStringIncludes(stdout, `${shortId(c)} *`);
  });

  const owner = await citizen(home("owner", c.place), c);
  const renter = await citizen(home("renter", a.place), a);
  const rig = `rig-1@${shortId(c)}`;
  const provider = await offer(owner);

  await t.step("a GPU of C is listed at A and rented across", async () => {
    const { actor } = await renter.json(["init"]);
    await c.operator.json(["wallet", "deposit", "5", "--to", String(actor)]);
    await until(renter, ["list-gpus"], ({ total }) => total === 1);
    const done = await renter.run(["rent", rig, "--duration", "0.5", "--price", "0.40"]);
    assertEquals(done.code, 0, done.stderr);
    assertStringIncludes(done.stdout, rig);
    await b.operator.json(["marketplace", "update"]);
    const copy = await b.operator.json(["list-gpus", "--offline", "--all", "--home", "c"]);
    assertEquals(copy["total"], 1);
  });

  await t.step("a job runs across to its end", () => runJob(renter, rig, "first"));

  await t.step("with B cut off the others go on", async () => {
    await b.place.cut(b.server);
    const isCut = (peer: Peer) => peer.node_id === b.node_id && peer.state === "unreachable";
    for (const town of [a, c]) await sees(town, (peers) => peers.some(isCut));
    const gone = await a.operator.run(["explore", "rig-1@b"]);
    assertEquals(gone.code, 6, gone.stderr);
    const before = await c.operator.json(["network", "status"]);
    await runJob(renter, rig, "second");
    const seq = headOf(before)?.seq ?? 0;
    await sees(
      a,
      (peers) =>
        peers.some((peer) =>
          peer.node_id === c.node_id && isLive(peer) && (peer.head?.seq ?? 0) > seq
        ),
    );
  });

  await t.step("with B back all three converge", async () => {
    await b.place.heal(b.server);
    for (const { operator } of towns) {
      const { actor } = await operator.json(["wallet", "balance"]);
      await operator.json(["wallet", "deposit", "1", "--to", String(actor)]);
    }
    await converged(towns);
  });

  await t.step("all end in order", async () => {
    for (const process of [provider, ...towns.map(({ server }) => server)]) {
      assertEquals(await process.kill("SIGTERM"), 0);
    }
  });
}

async function openTown(operator: Home, place: Place): Promise<Town> {
  await operator.json(["init"]);
  const flags = ["--private-peers", "--allow-software", "--json", ...place.listening];
  const server = operator.start(["serve", ...flags]);
  return { place, operator, server, ...await listening(server) };
}

async function citizen(person: Home, { url }: Town): Promise<Home> {
  await person.json(["init"]);
  await person.json(["config", "--set", "registry", url]);
  return person;
}

/** Proves and lists this machine's adapter, and keeps it online. */
async function offer(owner: Home): Promise<Running> {
  const flags = ["--gpu-id", "rig-1", "--gpu-type", "auto", "--price", "0.36"];
  await owner.json(["register-gpu", ...flags]);
  const provider = owner.start(["provide"]);
  await provider.line(/online/);
  return provider;
}

/** Runs an example job on a rented GPU and compares its output with the right one. */
async function runJob(renter: Home, rig: string, name: string): Promise<void> {
  await renter.json(["job", "new", "wgsl", name]);
  const file = `${name}/job.yaml`;
  const out = `${name}-results`;
  const done = await renter.run(["submit-job", rig, "--job", file, "--wait", "--out", out]);
  assertEquals(done.code, 0, done.stderr);
  const answer = await Deno.readFile(`${renter.folder}/${out}/c`);
  assertEquals(answer, await Deno.readFile(`${renter.folder}/${name}/expected.bin`));
}

/** What a test reads of a peer in `network status --json`. */
interface Peer {
  node_id: string;
  state: string;
  lag_events: number | null;
  head: { seq: number; hash: string } | null;
}

const isLive = ({ state, lag_events }: Peer) => state === "live" && lag_events === 0;
const shortId = ({ node_id }: Town) => node_id.slice(4, 16);

function networkOf(status: Record<string, unknown>): { head: Peer["head"]; peers: Peer[] } {
  const { head, peers } = Object(status["network"]);
  return { head, peers };
}

const headOf = (status: Record<string, unknown>) => networkOf(status).head;

async function sees({ operator }: Town, wanted: (peers: Peer[]) => boolean): Promise<void> {
  await until(operator, ["network", "status"], (status) => wanted(networkOf(status).peers));
}

/** Waits until every registry holds every other's feed up to its head. */
async function converged(towns: readonly Town[]): Promise<void> {
  await bounded("the registries converge", async () => {
    const views = await Promise.all(
      towns.map(async ({ operator }) => networkOf(await operator.json(["network", "status"]))),
    );
    return views.every(({ peers }) =>
      towns.every(({ node_id }, i) => {
        const replica = peers.find((peer) => peer.node_id === node_id);
        return replica === undefined || replica.head?.hash === views[i]?.head?.hash;
      }) && peers.length === towns.length - 1
    );
  });
}
