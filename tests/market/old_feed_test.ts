import { assert, assertEquals } from "@std/assert";
import { sha256Hex } from "../../src/base/hash.ts";
import { deserialize, emptyState, Redecider, stateHash } from "../../src/market/market.ts";
import { GENESIS_PREV } from "../../src/protocol/feed.ts";
import { NODE } from "./rig.ts";

/** A random market's feed, and a snapshot of it, as the version before badges expired wrote them. */
const TEXTS = (await Deno.readTextFile(new URL("./old_feed.ndjson", import.meta.url)))
  .trimEnd().split("\n");
const SNAPSHOT = await Deno.readFile(new URL("./old_snapshot.json", import.meta.url));

Deno.test("a feed without badges is decided again byte for byte, though a lease outlives a proof", () => {
  const redecider = new Redecider(NODE, emptyState(), { seq: 0, hash: GENESIS_PREV });
  redecider.take(TEXTS);
  assertEquals(redecider.head, { seq: TEXTS.length, hash: sha256Hex(TEXTS.at(-1) ?? "") });
  assert(TEXTS.some((text) => text.includes('"listed":false')), "a proof failed in it");
  assertEquals(redecider.state.owners.size, 0, "nothing was counted");
});

Deno.test("a snapshot of the version before goes on to the same state as its whole feed", () => {
  const whole = new Redecider(NODE, emptyState(), { seq: 0, hash: GENESIS_PREV });
  whole.take(TEXTS);
  const state = deserialize(SNAPSHOT);
  const { seq } = state;
  assert(seq < TEXTS.length, "the feed goes on after it");
  const rest = new Redecider(NODE, state, { seq, hash: sha256Hex(TEXTS[seq - 1] ?? "") });
  rest.take(TEXTS.slice(seq));
  assertEquals(stateHash(rest.state), stateHash(whole.state));
});
