import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { LIES, type ToldLie } from "../attacks/lies.ts";
import type { LyingPeer } from "../attacks/lying_peer.ts";
import { newLiar } from "../attacks/victims.ts";
import { Home } from "./binary.ts";
import { listening } from "./places.ts";
import { until } from "./waiting.ts";

/** The binary's registries see through these, of all that `tests/attacks` tells. */
const TOLD = ["an auction won by a lower bid", "a deposit of more than was signed"];

for (const lie of TOLD) {
  Deno.test(`the binary refuses a tampered feed: ${lie}`, async (t) => {
    await using liar = await serveLiar();
    const tell = LIES[lie];
    assert(tell !== undefined);
    const told = await tell(liar.peer);
    liar.peer.feed = told.honest;
    await using a = new Home("victim");
    await using b = new Home("neighbour");
    const victim = await open(a);
    const neighbour = await open(b);
    await t.step("as long as it is honest, its GPUs are listed", async () => {
      await a.json(["network", "connect", liar.url, "--alias", "liar"]);
      await b.json(["network", "connect", victim.url, "--alias", "a"]);
      for (const home of [a, b]) {
        await until(home, ["list-gpus", "--all"], ({ total }) => Number(total) > 0);
      }
    });
    await t.step("the lie is named, and the node quarantined", () => isFound(a, liar.peer, told));
    await t.step("the neighbour, who was told the truth, checks the evidence himself", async () => {
      await isListedNoMore(b);
      const done = await b.run(["network", "evidence", "--check"]);
      assertEquals(done.code, 0, done.stderr);
      assertStringIncludes(done.stdout, liar.peer.node.id);
    });
    await t.step("neither passes anything on to it", async () => {
      const done = await a.run(["rent", "rig-1@liar", "--duration", "1", "--price", "1"]);
      assertMatch(done.stderr, /lied/);
      assertEquals(done.code, 1);
    });
    for (const { server } of [victim, neighbour]) assertEquals(await server.kill("SIGTERM"), 0);
  });
}

/** A registry that lies, behind a real socket. */
async function serveLiar(): Promise<{ peer: LyingPeer; url: string } & AsyncDisposable> {
  const ready = Promise.withResolvers<LyingPeer>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    return await (await ready.promise).answer(request);
  });
  const peer = await newLiar(`127.0.0.1:${server.addr.port}`);
  ready.resolve(peer);
  return {
    peer,
    url: `http://127.0.0.1:${server.addr.port}`,
    async [Symbol.asyncDispose]() {
      await peer[Symbol.asyncDispose]();
      await server.shutdown();
    },
  };
}

async function open(home: Home) {
  await home.json(["init"]);
  const server = home.start(["serve", "--port", "0", "--private-peers", "--json"]);
  return { server, ...await listening(server) };
}

/** Tells the lie to one registry alone, and waits until its operator reads of it. */
async function isFound(home: Home, liar: LyingPeer, told: ToldLie): Promise<void> {
  const { network } = Object(await home.json(["network", "status"]));
  liar.shown.set(network.self.node_id, [...told.honest, told.lie]);
  liar.wake();
  const liarOf = (status: Record<string, unknown>) =>
    Object(status["network"]).peers.find(({ node_id }: { node_id: string }) =>
      node_id === liar.node.id
    );
  await until(home, ["network", "status"], (status) => liarOf(status).trust === "quarantined");
  assertMatch(liarOf(await home.json(["network", "status"])).reason, told.named);
  await isListedNoMore(home);
}

async function isListedNoMore(home: Home): Promise<void> {
  await until(home, ["list-gpus", "--all"], ({ total }) => total === 0);
}
