import { assert, assertEquals, assertMatch } from "@std/assert";
import { Cluster, connect, until } from "../federation/cluster.ts";
import { LIES } from "./lies.ts";
import { addLiar, evidenceIds, holds, linkTo, listed, newLiar } from "./victims.ts";

for (const [lie, tell] of Object.entries(LIES)) {
  Deno.test(`${lie} is found by a peer, named, kept, and found again by whom it tells`, async () => {
    await using cluster = new Cluster();
    const liar = await newLiar("liar");
    addLiar(cluster, "liar", liar);
    const told = await tell(liar);
    const { seq } = told.honest.at(-1)?.checkpoint ?? { seq: 0 };
    liar.feed = told.honest;
    const [victim, third] = [await cluster.start("victim"), await cluster.start("third")];
    for (const registry of [victim, third]) {
      await connect(registry, "liar");
      await holds(registry, liar, seq);
      assert(await listed(registry, liar.node.id) > 0);
    }
    // Only the victim is told the lie; the third hears of it from the victim.
    liar.shown.set(victim.node.id, [...told.honest, told.lie]);
    liar.wake();
    await until(() => linkTo(victim, liar).status.trust === "quarantined", "the victim knows");
    assertMatch(linkTo(victim, liar).status.reason ?? "", told.named);
    assertEquals(linkTo(victim, liar).holder.replica.head?.seq, seq, "nothing false is kept");
    await until(() => evidenceIds(victim).length === 1, "the evidence is kept");
    assertEquals(await listed(victim, liar.node.id), 0);
    await connect(third, "victim");
    await until(() => linkTo(third, liar).status.trust === "quarantined", "the third knows");
    assertMatch(linkTo(third, liar).status.reason ?? "", told.named);
    assertEquals(await listed(third, liar.node.id), 0);
    assertEquals(evidenceIds(third), evidenceIds(victim));
  });
}
