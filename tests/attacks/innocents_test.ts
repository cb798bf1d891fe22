import { assert, assertEquals } from "@std/assert";
import { LIMITS } from "../../src/protocol/limits.ts";
import type { Evidence } from "../../src/protocol/network.ts";
import { Cluster, connect, isUpToDate, newIdentity, until } from "../federation/cluster.ts";
import { accepted, gpuBody, listGpu, newActor, type TestRegistry } from "../registry/harness.ts";
import { chained, eventsOf, feedOf, LyingPeer } from "./lying_peer.ts";
import { addLiar, evidenceIds, holds, linkTo, newLiar } from "./victims.ts";

/** A peer that speaks for itself honestly, and serves what a test says of another node. */
async function newRelay(cluster: Cluster, home: TestRegistry): Promise<LyingPeer> {
  const relay = await newLiar("relay");
  addLiar(cluster, "relay", relay);
  const feed = await feedOf(home);
  relay.copies.set(home.node.id, feed);
  return relay;
}

/** What the relay says that it holds of a home's feed. */
function claims(home: TestRegistry, batches: Awaited<ReturnType<typeof feedOf>>) {
  return {
    node_id: home.node.id,
    alias: null,
    connected: true,
    record: null,
    direction: "out" as const,
    state: "live" as const,
    trust: "checked" as const,
    head: batches.at(-1)?.checkpoint ?? null,
    lag_events: 0,
    lag_ms: 0,
    last_contact_at: null,
    round_trip_ms: null,
    listings: 0,
    reason: null,
  };
}

const DOCTORED: Record<string, (text: string) => string> = {
  "another price": (text) =>
    text.replace(/"price_micros_per_hour":\d+/, '"price_micros_per_hour":1'),
  "an unknown type": (text) =>
    text.replace(/"type":"[a-z.]+","v":1/, '"type":"gpu.teleported","v":1'),
  "another version": (text) => text.replace(/"v":1\}$/, '"v":2}'),
  "no JSON": (text) => text.slice(0, -1),
};

for (const [what, doctor] of Object.entries(DOCTORED)) {
  Deno.test(`a relay's copy with ${what} convicts nobody, and the next source is asked`, async () => {
    await using cluster = new Cluster();
    const home = await cluster.start("home");
    const victim = await cluster.start("victim");
    const link = await connect(victim, "home");
    await until(() => isUpToDate(victim, home), "the victim has the feed");
    cluster.cut("home");
    await until(() => link.status.state === "unreachable", "home is gone");
    await accepted(home, newActor(), "gpu.register", gpuBody("later"));
    const relay = await newRelay(cluster, home);
    const feed = await feedOf(home);
    relay.peers = [claims(home, feed)];
    const last = feed.at(-1);
    assert(last !== undefined);
    relay.copies.set(home.node.id, [
      ...feed.slice(0, -1),
      { ...last, texts: last.texts.map(doctor) },
    ]);
    await connect(victim, "relay");
    const asked = () => relay.requests.some(({ url }) => url.includes(`/feeds/${home.node.id}`));
    await until(asked, "the relay was asked for the feed");
    await until(() => linkTo(victim, relay).status.state === "live", "the relay is followed");
    await victim.services.federation.sync(relay.node.id);
    assertEquals([link.status.trust, evidenceIds(victim)], ["checked", []]);
    // An honest copy of the same is taken, from the same place or from home.
    cluster.heal("home");
    await until(() => isUpToDate(victim, home), "the victim goes on from home");
  });
}

Deno.test("an honest copy is taken from a relay while home is gone", async () => {
  await using cluster = new Cluster();
  const home = await cluster.start("home");
  const victim = await cluster.start("victim");
  await connect(victim, "home");
  await until(() => isUpToDate(victim, home), "the victim has the feed");
  cluster.cut("home");
  await accepted(home, newActor(), "gpu.register", gpuBody("later"));
  const relay = await newRelay(cluster, home);
  relay.peers = [claims(home, await feedOf(home))];
  await connect(victim, "relay");
  await until(() => isUpToDate(victim, home), "the relay's copy is taken");
});

Deno.test("a head that a relay made up leaves no lag behind", async () => {
  await using cluster = new Cluster();
  const home = await cluster.start("home");
  const victim = await cluster.start("victim");
  const link = await connect(victim, "home");
  await until(() => isUpToDate(victim, home), "the victim has the feed");
  const relay = await newRelay(cluster, home);
  const feed = await feedOf(home);
  const { head, ...claim } = claims(home, feed);
  assert(head !== null);
  relay.peers = [{ ...claim, head: { ...head, seq: 1_000_000 } }];
  await connect(victim, "relay");
  await victim.services.federation.sync(relay.node.id);
  assertEquals(link.status.shown_seq, link.holder.replica.taken_seq);
});

for (
  const [what, change] of [["type", { type: "gpu.teleported" }], ["version", { v: 2 }]] as const
) {
  Deno.test(`a node that signs an event of an unknown ${what} is unverified, and no liar`, async () => {
    await using cluster = new Cluster();
    const liar = await newLiar("newer");
    addLiar(cluster, "newer", liar);
    const victim = await cluster.start("victim");
    const link = await connect(victim, "newer");
    await holds(victim, liar, liar.feed.at(-1)?.checkpoint.seq ?? 0);
    const at = eventsOf(liar.feed).at(-1)?.at;
    liar.feed = [
      ...liar.feed,
      await liar.commit([{ at, data: {}, type: "tick", v: 1, ...change }]),
    ];
    liar.wake();
    await until(() => link.status.trust === "unverified", "it is unverified");
    assertEquals([link.status.state, evidenceIds(victim)], ["stopped", []]);
    assert(/rules that this version doesn't know/.test(link.status.reason ?? ""));
  });
}

/** Pieces of false evidence against an honest node, whose feed everybody can read. */
async function falseEvidence(home: TestRegistry): Promise<Record<string, Evidence>> {
  const feed = await feedOf(home);
  const [a, b] = feed.slice(-2);
  assert(a !== undefined && b !== undefined);
  const frame = {
    v: 1 as const,
    node: home.node.id,
    message: "It lied.",
    found_at: home.clock.now(),
  };
  const other = new LyingPeer(newIdentity(), "http://other", home.clock);
  const texts = chained([{ at: 1, data: {}, type: "tick", v: 1 }], a.checkpoint);
  const forged = await other.sign(texts, b.checkpoint.seq, { node: home.node.id });
  const foreign = await other.sign(texts, b.checkpoint.seq);
  const fork = { ...frame, kind: "fork" as const };
  const step = { ...frame, kind: "transition" as const };
  const aSeq = a.checkpoint;
  return {
    "a checkpoint with a bad signature": { ...fork, a: b.checkpoint, b: forged, events: [] },
    "another node's checkpoint": { ...fork, a: b.checkpoint, b: foreign, events: [] },
    "the same checkpoint twice": { ...fork, a: aSeq, b: aSeq, events: [] },
    "one checkpoint alone": { ...fork, a: null, b: aSeq, events: [] },
    "two checkpoints of one chain": {
      ...fork,
      a: aSeq,
      b: b.checkpoint,
      events: [...a.texts.slice(-1), ...b.texts],
    },
    "events of no chain": { ...fork, a: aSeq, b: b.checkpoint, events: [...texts, ...b.texts] },
    "a step that does follow": { ...step, a: aSeq, b: b.checkpoint, events: b.texts },
    "a step with other events": { ...step, a: aSeq, b: b.checkpoint, events: texts },
    "a step without events": { ...step, a: aSeq, b: aSeq, events: [] },
    "the whole feed as a step": {
      ...step,
      a: null,
      b: b.checkpoint,
      events: feed.flatMap(({ texts }) => texts),
    },
  };
}

Deno.test("false evidence against an honest node is refused, whatever it is", async () => {
  await using cluster = new Cluster();
  const home = await cluster.start("home");
  await listGpu(home, newActor(), "rig-1");
  const pieces = await falseEvidence(home);
  for (const [what, evidence] of Object.entries(pieces)) {
    const name = `to-${Object.keys(pieces).indexOf(what)}`;
    const victim = await cluster.open(name);
    const link = await connect(victim, "home");
    // The replica stands where the evidence begins, so that it must be decided.
    const relay = await newRelay(cluster, home);
    relay.evidence = [evidence];
    await connect(victim, "relay");
    assert(relay.requests.some(({ url }) => url.endsWith("/v1/evidence")), "it was read");
    assertEquals([link.status.trust, evidenceIds(victim)], ["checked", []], what);
    await victim.services.federation.disconnect(relay.node.id);
  }
});

Deno.test("evidence against nodes that nobody here knows is not kept: keys are free", async () => {
  await using cluster = new Cluster();
  const victim = await cluster.open("victim");
  const home = await cluster.start("home");
  const relay = await newRelay(cluster, home);
  const liar = new LyingPeer(newIdentity(), "http://made-up", home.clock);
  const texts = ["one", "two"].map((data) => chained([{ at: 1, data, type: "tick", v: 1 }]));
  const [a, b] = await Promise.all(texts.map((events) => liar.sign(events, 1)));
  assert(a !== undefined && b !== undefined);
  const frame = { v: 1 as const, kind: "fork" as const, node: liar.node.id, found_at: 1 };
  relay.evidence = [{ ...frame, a, b, events: [], message: "It lied." }];
  const readings = () => relay.requests.filter(({ url }) => url.endsWith("/v1/evidence")).length;
  await connect(victim, "relay");
  assertEquals([readings(), evidenceIds(victim)], [1, []]);
  // What was of no use is not read at every round again.
  await victim.services.federation.sync(relay.node.id);
  assertEquals(readings(), 1);
  victim.clock.pass(LIMITS.evidence_again_ms);
  await victim.services.federation.sync(relay.node.id);
  assertEquals(readings(), 2);
});
