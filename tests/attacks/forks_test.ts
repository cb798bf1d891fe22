import { assert, assertEquals } from "@std/assert";
import { objectionTo } from "../../src/protocol/evidence.ts";
import type { FeedBatch } from "../../src/protocol/feed_lines.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { Cluster, connect, until } from "../federation/cluster.ts";
import { openTest } from "../registry/harness.ts";
import { eventsOf, type LyingPeer } from "./lying_peer.ts";
import { addLiar, evidenceIds, holds, linkTo, listed, newLiar } from "./victims.ts";

/** Commits of ticks after a commit; each `salt` is another time, and so another history. */
async function ticks(
  liar: LyingPeer,
  from: readonly FeedBatch[],
  count: number,
  salt: number,
  epoch = 1,
): Promise<FeedBatch[]> {
  const feed = [...from];
  const start = eventsOf(from).at(-1)?.at ?? 0;
  for (let i = 1; i <= count; i++) {
    const tick = { at: start + 10 * i + salt, data: {}, type: "tick", v: 1 };
    feed.push(await liar.commit([tick], feed.at(-1)?.checkpoint, { epoch }));
  }
  return feed;
}

const seqOf = (feed: readonly FeedBatch[]) => feed.at(-1)?.checkpoint.seq ?? 0;

Deno.test("two events of one seq, shown to different peers, are found when the peers compare", async () => {
  await using cluster = new Cluster();
  const liar = await newLiar("liar");
  addLiar(cluster, "liar", liar);
  const [a, b] = [await cluster.start("a"), await cluster.start("b")];
  liar.shown.set(a.node.id, await ticks(liar, liar.feed, 3, 1));
  liar.shown.set(b.node.id, await ticks(liar, liar.feed, 3, 2));
  for (const registry of [a, b]) {
    await connect(registry, "liar");
    await holds(registry, liar, seqOf(liar.feed) + 3);
  }
  await connect(a, "b");
  await until(() => linkTo(a, liar).status.trust === "quarantined", "a knows");
  await until(() => linkTo(b, liar).status.trust === "quarantined", "b knows");
  for (const registry of [a, b]) {
    assert(/two events \d+/.test(linkTo(registry, liar).status.reason ?? ""));
    assertEquals(await listed(registry, liar.node.id), 0);
    const [kept] = registry.services.federation.evidence.page().evidence;
    assertEquals(kept?.evidence.kind, "fork");
    assertEquals(kept === undefined ? "none" : await objectionTo(kept.evidence), null);
  }
});

Deno.test("odd seqs signed to one peer and even ones to another are no chain: both refuse", async () => {
  await using cluster = new Cluster();
  const liar = await newLiar("liar");
  addLiar(cluster, "liar", liar);
  const [a, b] = [await cluster.start("a"), await cluster.start("b")];
  const [one, other] = [
    await ticks(liar, liar.feed, 4, 1),
    await ticks(liar, liar.feed, 4, 2),
  ];
  // Checkpoints of odd seqs to one, of even ones to the other: no two of them have one seq.
  const pairs = async (feed: FeedBatch[], by: number) => {
    const rest = feed.slice(liar.feed.length);
    const cut = [rest.slice(0, by), rest.slice(by, by + 2)];
    return [
      ...liar.feed,
      ...await Promise.all(cut.map(async (group) => {
        const texts = group.flatMap(({ texts }) => texts);
        return { texts, checkpoint: await liar.sign(texts, seqOf(group)) };
      })),
    ];
  };
  liar.shown.set(a.node.id, await pairs(one, 1));
  liar.shown.set(b.node.id, await pairs(other, 2));
  await connect(a, "liar");
  await connect(b, "liar");
  await holds(a, liar, seqOf(liar.feed) + 3);
  await holds(b, liar, seqOf(liar.feed) + 4);
  await connect(a, "b");
  await until(() => linkTo(a, liar).status.trust === "quarantined", "a knows");
  await until(() => linkTo(b, liar).status.trust === "quarantined", "b knows");
});

Deno.test("a past that is rewritten in one epoch is a lie, which a restart doesn't forget", async () => {
  const folder = await Deno.makeTempDir();
  const liar = await newLiar("liar");
  const past = liar.feed;
  {
    await using cluster = new Cluster();
    addLiar(cluster, "liar", liar);
    liar.feed = await ticks(liar, past, 3, 1);
    const victim = await cluster.start("victim", { folder });
    await connect(victim, "liar");
    await holds(victim, liar, seqOf(liar.feed));
    liar.feed = await ticks(liar, past, 5, 2);
    liar.wake();
    await until(() => linkTo(victim, liar).status.trust === "quarantined", "the victim knows");
    await until(() => evidenceIds(victim).length === 1, "the evidence is kept");
  }
  const again = await openTest({ folder });
  const link = linkTo(again, liar);
  assertEquals(link.status.trust, "quarantined");
  assert(/two events \d+/.test(link.status.reason ?? ""));
  assertEquals(evidenceIds(again).length, 1);
  assertEquals(await listed(again, liar.node.id), 0);
  await again.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("an epoch that goes back along one chain is a lie", async () => {
  await using cluster = new Cluster();
  const liar = await newLiar("liar");
  addLiar(cluster, "liar", liar);
  liar.feed = await ticks(liar, liar.feed, 1, 1, 2);
  const victim = await cluster.start("victim");
  await connect(victim, "liar");
  await holds(victim, liar, seqOf(liar.feed));
  liar.feed = await ticks(liar, liar.feed, 1, 1, 1);
  liar.wake();
  await until(() => linkTo(victim, liar).status.trust === "quarantined", "the victim knows");
  assert(/epoch 1 comes after 2/.test(linkTo(victim, liar).status.reason ?? ""));
});

Deno.test("a false hash in a checkpoint proves nothing and is never taken", async () => {
  await using cluster = new Cluster();
  const liar = await newLiar("liar");
  addLiar(cluster, "liar", liar);
  const victim = await cluster.start("victim");
  const link = await connect(victim, "liar");
  const seq = seqOf(liar.feed);
  await holds(victim, liar, seq);
  const tick = { at: eventsOf(liar.feed).at(-1)?.at, data: {}, type: "tick", v: 1 };
  liar.feed = [...liar.feed, await liar.commit([tick], undefined, { hash: "ab".repeat(32) })];
  liar.wake();
  await until(() => link.status.state === "unreachable", "the victim has stopped");
  assertEquals([link.status.trust, link.holder.replica.head?.seq], ["checked", seq]);
  assert(/false copy/.test(link.status.reason ?? ""), link.status.reason ?? "");
});

Deno.test("a node in a new epoch was restored: its replica begins anew, once in a while", async () => {
  await using cluster = new Cluster();
  const liar = await newLiar("restored");
  addLiar(cluster, "restored", liar);
  const past = liar.feed;
  liar.feed = await ticks(liar, past, 4, 1);
  const victim = await cluster.start("victim");
  const link = await connect(victim, "restored");
  await holds(victim, liar, seqOf(liar.feed));
  liar.feed = await ticks(liar, past, 5, 2, 2);
  liar.wake();
  await holds(victim, liar, seqOf(liar.feed));
  await until(() => /restored: epoch 2/.test(link.status.reason ?? ""), "the reason is shown");
  assertEquals([link.status.trust, evidenceIds(victim)], ["checked", []]);
  // At once again: too often.
  liar.feed = await ticks(liar, past, 6, 3, 3);
  liar.wake();
  await until(() => /too often/.test(link.status.reason ?? ""), "it is throttled");
  victim.clock.pass(LIMITS.replica_restart_ms);
  await until(() => link.holder.replica.head?.epoch === 3, "later it is taken");
});

Deno.test("that a node was restored is still shown once it is followed again", async () => {
  await using cluster = new Cluster();
  const liar = await newLiar("restored");
  addLiar(cluster, "restored", liar);
  const past = liar.feed;
  liar.feed = await ticks(liar, past, 4, 1);
  const victim = await cluster.start("victim");
  const link = await connect(victim, "restored");
  await holds(victim, liar, seqOf(liar.feed));
  cluster.cut("restored");
  await until(() => link.status.state === "unreachable", "it is gone");
  liar.feed = await ticks(liar, past, 5, 2, 2);
  cluster.heal("restored");
  await until(() => link.status.state === "live", "it is back");
  await holds(victim, liar, seqOf(liar.feed));
  assert(/restored: epoch 2/.test(link.status.reason ?? ""), link.status.reason ?? "");
});

Deno.test("a node that shows an old copy of its own feed is behind, and no liar", async () => {
  await using cluster = new Cluster();
  const liar = await newLiar("old");
  addLiar(cluster, "old", liar);
  const past = liar.feed;
  liar.feed = await ticks(liar, past, 4, 1);
  const victim = await cluster.start("victim");
  const link = await connect(victim, "old");
  await holds(victim, liar, seqOf(liar.feed));
  liar.feed = past;
  await until(() => link.status.state === "behind", "it is seen to be behind");
  assertEquals(link.status.trust, "checked");
  assert(/has signed event/.test(link.status.reason ?? ""));
});
