import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { at, citizen, offer, openTown, until } from "./federation.ts";
import { Person } from "./person.ts";

Deno.test("a GPU of another registry is found, rented and given back by its reference", async () => {
  await using here = await openTown();
  await using there = await openTown("--welcome-credit", "5");
  await using owner = await citizen(there);
  await using renter = await citizen(here);
  await offer(there, owner, "rig-1");
  const peer = await here.operator.json(
    "network",
    "connect",
    there.served.url + "/",
    "--alias",
    "berlin",
  );
  assertEquals([peer.node_id, peer.alias], [there.served.node_id, "berlin"]);

  const page = await until(renter, ["list-gpus"], ({ total }) => total === 1);
  assertEquals(at(page, "gpus", 0, "home"), there.served.node_id);
  assertEquals(at(page, "homes", 0, "alias"), "berlin");
  const text = (await renter.run(["list-gpus"])).stdout;
  assertStringIncludes(text, "rig-1@berlin");
  assertMatch(text, /KNOWN\n.* (live|\d+ s behind)\n/);
  assertEquals((await renter.json("list-gpus", "--home", "berlin")).total, 1);
  assertEquals((await renter.json("list-gpus", "--home", here.served.node_id)).total, 0);

  // The short form is the registry's own, and never a stranger's.
  assertEquals((await renter.refusal("rent", "rig-1", "--yes")).code, "gpu_not_found");
  const rented = await renter.run(["rent", "rig-1@berlin", "--duration", "1", "--price", "0.30"]);
  assertEquals(rented.code, 0, rented.stderr);
  const [, ref = ""] = /(lease_\d+@berlin)/.exec(rented.stdout) ?? [];
  assertStringIncludes(rented.stdout, "rig-1@berlin");
  assertEquals((await renter.json("wallet", "balance", "--home", "berlin")).held_micros, 300_000);
  assertEquals((await renter.json("wallet", "balance")).held_micros, 0);
  const extending = ["lease", "extend", ref, "--duration", "1", "--yes"];
  assertStringIncludes((await renter.run(extending)).stderr, `${ref} on rig-1@berlin`);
  assertStringIncludes((await renter.run(["wallet", "history", "--home", "berlin"])).stdout, ref);
  const { leases } = await renter.json("lease", "list", "--home", "berlin");
  assertEquals(at(leases, "length"), 1);
  assertEquals((await renter.json("lease", "end", ref)).state, "ended");

  // By the start of its id as well, and on the home itself without a detour.
  const start = there.served.node_id.slice(4, 16);
  assertEquals((await renter.json("explore", `rig-1@${start}`)).gpu_id, "rig-1");
  assertEquals((await owner.json("explore", `rig-1@${start}`)).gpu_id, "rig-1");
});

Deno.test("what names no node, or another one than meant, is told", async () => {
  await using here = await openTown();
  await using there = await openTown();
  await using renter = await citizen(here);
  await here.operator.json("network", "connect", there.served.url, "--alias", "berlin");
  const operate = (...words: string[]) => here.operator.refusal("network", ...words);
  const own = await operate("connect", here.served.url);
  assertEquals([own.code, own.exit], ["own_node", 2]);
  assertEquals((await operate("connect", here.served.node_id)).code, "own_node");
  assertEquals((await operate("disconnect", here.served.node_id)).code, "own_node");
  const nobody = await operate("connect", "http://127.0.0.1:1");
  assertEquals([nobody.code, nobody.exit], ["network", 6]);
  assertEquals(nobody.fix, "Check the URL, and that a registry runs there.");
  await using page = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response("<html>"),
  );
  const web = await operate("connect", `http://127.0.0.1:${page.addr.port}`);
  assertEquals([web.code, web.exit], ["bad_gateway", 6]);
  assertStringIncludes(web.message, `http://127.0.0.1:${page.addr.port} is no registry: `);
  const within = await operate("connect", `${there.served.url}/within`);
  assertEquals([within.code, within.exit], ["bad_gateway", 6]);
  assertStringIncludes(within.message, `${there.served.url}/within is no registry: `);
  const bare = await operate("connect", "registry.example:8420");
  assertEquals([bare.code, bare.exit], ["invalid_input", 2]);
  assertStringIncludes(bare.fix, "https://");
  assertEquals((await operate("connect", "http://u:p@x.example")).code, "invalid_input");
  assertEquals((await operate("connect", "http://x.example", "--alias", "A B")).exit, 2);
  const stranger = await operate("connect", "z6MkvBokEaNo32TSksFmfveihm2ExYf2hz6Ym3GmvohmqQMU");
  assertEquals([stranger.code, stranger.exit], ["peer_not_found", 4]);

  const typo = await renter.refusal("explore", "rig-1@berln");
  assertEquals([typo.code, typo.exit], ["peer_not_found", 4]);
  assertStringIncludes(typo.message, 'Did you mean "berlin"?');
  const both = await renter.refusal("explore", "rig-1@berlin", "--home", "paris");
  assertEquals([both.code, both.exit], ["invalid_input", 2]);
  const useless = await renter.refusal("network", "status", "--home", "berlin");
  assertEquals([useless.code, useless.exit], ["invalid_input", 2]);
  // Only the operator may say whom a registry talks to.
  for (const words of [["network", "connect", there.served.url], ["backup", "x"]]) {
    const refused = await renter.refusal(...words);
    assertEquals([refused.code, refused.exit], ["forbidden", 3], words.join(" "));
    assertStringIncludes(refused.fix, "--data");
  }
  for (const command of ["serve", "fsck", "backup x", "restore x"]) {
    const here_only = await renter.refusal(...command.split(" "), "--home", "berlin");
    assertEquals([here_only.code, here_only.exit], ["invalid_input", 2], command);
    assertStringIncludes(here_only.message, command.split(" ")[0] ?? "");
  }
  // What a home refuses is told as it must be typed here.
  const none = await renter.refusal("explore", "rig-1@berlin");
  assertEquals(none.message, "There is no GPU rig-1@berlin at this registry.");
  assertEquals(none.fix, "See those there are: horizon list-gpus --home berlin --all");
  const lease = await renter.refusal("lease", "end", "lease_7@berlin");
  assertStringIncludes(lease.message, "lease_7@berlin");
  assertEquals(lease.fix, "See yours: horizon lease list --home berlin");
});

Deno.test("a home that is gone is said to be so, and its listing says how old it is", async () => {
  await using here = await openTown();
  await using there = await openTown("--welcome-credit", "5");
  await using owner = await citizen(there);
  await using renter = await citizen(here);
  await offer(there, owner, "rig-1");
  await here.operator.json("network", "connect", there.served.url, "--alias", "berlin");
  await until(renter, ["list-gpus"], ({ total }) => total === 1);
  await there.served.stop();
  const start_ms = performance.now();
  const gone = await renter.refusal("rent", "rig-1@berlin", "--yes");
  assertEquals([gone.code, gone.exit], ["home_unreachable", 6]);
  assert(performance.now() - start_ms < 2_500, "two seconds, and the start of the command");
  await until(
    renter,
    ["network", "status"],
    (status) => at(status, "network", "peers", 0, "state") === "unreachable",
  );
  assertMatch((await renter.run(["list-gpus", "--all"])).stdout, /unreachable \d+ s/);
  const synced = await here.operator.run(["marketplace", "sync", "--json"]);
  assertEquals(synced.code, 6);
  assertEquals(at(JSON.parse(synced.stdout), "synced", 0, "alias"), "berlin");
});

Deno.test("network status shows the peers of peers, and --watch goes on until it is stopped", async () => {
  await using a = await openTown();
  await using b = await openTown();
  await using c = await openTown();
  await b.operator.json("network", "connect", c.served.url);
  await a.operator.json("network", "connect", b.served.url, "--alias", "berlin");
  const isLive = (status: unknown) =>
    [0, 1].every((i) => at(status, "network", "peers", i, "state") === "live");
  const status = await until(a.operator, ["network", "status"], isLive);
  assertEquals(at(status, "network", "self", "urls", 0), a.served.url);
  const { stdout } = await a.operator.run(["network", "status"]);
  assertStringIncludes(stdout, "berlin");
  assertStringIncludes(stdout, `${c.served.node_id.slice(4, 16)} *`);

  const stop = new AbortController();
  const seen: string[] = [];
  const watched = await a.operator.run(["network", "status", "--watch", "--json"], {
    signal: stop.signal,
    onOutput: (text) => {
      seen.push(text);
      if (seen.length === 2) stop.abort();
    },
  });
  assertEquals(watched.code, 0);
  assertEquals(watched.stdout.trim().split("\n").map((line) => isLive(JSON.parse(line))), [
    true,
    true,
  ]);

  await a.operator.json("network", "disconnect", "berlin");
  const left = await a.operator.json("network", "status");
  const ids = Object.values(Object(at(left, "network", "peers"))).map((peer) => at(peer, "alias"));
  assert(!ids.includes("berlin"));
});

Deno.test("an embedded registry connects, and pulls when it is told to", async () => {
  await using there = await openTown();
  await using owner = await citizen(there);
  await using me = new Person();
  await me.json("init");
  const refused = await me.refusal("network", "connect", there.served.url);
  assertEquals([refused.code, refused.exit], ["private_address", 3]);
  await me.json("config", "--set", "private_peers", "true");
  await me.json("network", "connect", there.served.url, "--alias", "berlin");
  assertEquals((await me.json("list-gpus", "--all")).total, 0);
  await offer(there, owner, "rig-1");
  const synced = await me.json("marketplace", "sync");
  assertEquals(at(synced, "synced", 0, "changes", "appeared"), ["rig-1"]);
  assertEquals((await me.json("list-gpus")).total, 1);
  const far = await me.json("explore", "rig-1@berlin");
  assertEquals(far.home, there.served.node_id);
  await me.json("network", "disconnect", "berlin");
  assertEquals((await me.json("list-gpus")).total, 0);
});

Deno.test("nobody has lied, and evidence that isn't there isn't found", async () => {
  await using here = await openTown();
  assertEquals((await here.operator.json("network", "evidence", "--check")).evidence, []);
  const none = await here.operator.refusal("network", "evidence", "abcdef");
  assertEquals([none.code, none.exit], ["not_found", 4]);
});
