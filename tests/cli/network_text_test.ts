import { assertEquals, assertStringIncludes } from "@std/assert";
import { peerTable } from "../../src/cli/peer_text.ts";
import { freshness } from "../../src/protocol/peer_freshness.ts";
import type { PeerView } from "../../src/protocol/network.ts";

const NODE = `z6Mk${"berLinberLin".padEnd(44, "1")}`;
const NOW_MS = 10_000_000;

function peer(changes: Partial<PeerView>): PeerView {
  return {
    node_id: NODE,
    alias: null,
    connected: true,
    record: null,
    direction: "both",
    state: "live",
    trust: "checked",
    head: null,
    lag_events: 0,
    lag_ms: 0,
    last_contact_at: NOW_MS - 2_000,
    round_trip_ms: 1.25,
    listings: 3,
    reason: null,
    ...changes,
  };
}

Deno.test("freshness says how far what is shown can be believed", () => {
  const cases: [Partial<PeerView>, string][] = [
    [{}, "live"],
    [{ lag_events: 4, lag_ms: 12_000 }, "12 s behind"],
    [{ state: "catching_up", lag_events: 900 }, "catching up"],
    [{ state: "unreachable", last_contact_at: NOW_MS - 180_000 }, "unreachable 3 min"],
    [{ state: "unreachable", last_contact_at: null }, "not reached"],
    [{ state: "behind" }, "shows an old feed"],
    [{ trust: "quarantined", state: "stopped" }, "quarantined"],
    [{ trust: "unverified", state: "stopped" }, "unverified"],
    // The registry's clock may be ahead of this machine's.
    [{ state: "unreachable", last_contact_at: NOW_MS + 5_000 }, "unreachable 0 s"],
  ];
  for (const [changes, text] of cases) assertEquals(freshness(peer(changes), NOW_MS), text);
});

Deno.test("each peer has a line, and what is wrong with it stands below", () => {
  const reason = "Event 7 \u001b[2J does not follow.";
  const text = peerTable(
    [peer({ alias: "berlin" }), peer({ connected: false, lag_events: null, reason })],
    NOW_MS,
    { colour: false, width: null },
  );
  const [, first = "", second = "", mark = "", why = ""] = text.split("\n");
  assertEquals(first.split(/ {2,}/).slice(0, 5), ["berlin", "live", "both", "checked", "0"]);
  assertStringIncludes(first, "2 s ago");
  assertStringIncludes(second, "berLinberLin *");
  assertStringIncludes(second, "unknown");
  assertEquals(mark, "* learned of from others");
  assertEquals(why, "berLinberLin: Event 7 ·[2J does not follow.");
});
