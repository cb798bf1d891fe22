import { assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import type { FeedBatch } from "../../src/protocol/feed_lines.ts";
import { Cluster, connect } from "../federation/cluster.ts";
import { accepted, gpuBody, newActor, type TestRegistry } from "../registry/harness.ts";
import { feedOf, LyingPeer } from "./lying_peer.ts";
import { addLiar, newLiar } from "./victims.ts";

/** A registry that was closed, the commits of its feed, and a peer of its that will say what it likes. */
async function closed(cluster: Cluster, folder: string) {
  const liar = await newLiar("liar");
  addLiar(cluster, "liar", liar);
  const victim = await cluster.open("victim", { folder });
  await connect(victim, "liar");
  for (let i = 0; i < 3; i++) await accepted(victim, newActor(), "gpu.register", gpuBody(`g-${i}`));
  const feed = await feedOf(victim);
  const { seq } = victim.services.sequencer.head;
  await victim.close();
  cluster.replace("victim", null);
  return { liar, victim, feed, seq };
}

/** Serves these commits whatever is asked for. */
async function serve(liar: LyingPeer, victim: TestRegistry, batches: FeedBatch[]): Promise<void> {
  const path = `/v1/feeds/${victim.node.id}`;
  const copy = new LyingPeer(victim.node, "http://copy", victim.clock);
  copy.feed = batches;
  const answer = await copy.fetch(`${path}?after=0`);
  const [text, headers] = [await answer.text(), answer.headers];
  liar.answers.set(path, () => new Response(text, { headers }));
}

Deno.test("a peer's garbage keeps no registry from starting: old commits, and made-up ones", async () => {
  await using cluster = new Cluster();
  const folder = await Deno.makeTempDir();
  const { liar, victim, feed, seq } = await closed(cluster, folder);
  const signer = new LyingPeer(victim.node, "http://signer", victim.clock);
  const head = feed.at(-1)?.checkpoint;
  const later = await signer.commit([{ type: "tick", at: 1, data: {}, v: 1 }], head);
  const made_up = { ...later, texts: later.texts.map((text) => text.replace('"tick"', '"tock"')) };
  for (const batches of [feed.slice(0, 1), feed, [made_up]]) {
    await serve(liar, victim, batches);
    const again = await cluster.open("victim", { folder });
    assertEquals(again.services.sequencer.feed.head.seq >= seq, true);
    await again.close();
    cluster.replace("victim", null);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a registry that has signed other events than its folder holds doesn't start", async () => {
  await using cluster = new Cluster();
  const folder = await Deno.makeTempDir();
  const { liar, victim, feed, seq } = await closed(cluster, folder);
  const signer = new LyingPeer(victim.node, "http://signer", victim.clock);
  const other = { seq, hash: "0".repeat(64) };
  const { epoch = 1 } = feed.at(-1)?.checkpoint ?? {};
  const tick = { type: "tick", at: 1, data: {}, v: 1 };
  await serve(liar, victim, [await signer.commit([tick], other, { epoch })]);
  const refused = await assertRejects(() => cluster.open("victim", { folder }), HorizonError);
  assertEquals(refused.code, "fork_found");
  await Deno.remove(folder, { recursive: true });
});
