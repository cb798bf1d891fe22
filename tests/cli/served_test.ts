import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LOCAL_FILE } from "../../src/protocol/local.ts";
import { parseDocument } from "../e2e/binary.ts";
import { bringOnline, listGpu } from "./listing.ts";
import { Person } from "./person.ts";
import { serve } from "./served.ts";

/** Someone with a key whose configuration names the registry. */
async function client(url: string): Promise<Person> {
  const person = new Person();
  await person.json("init");
  await person.json("config", "--set", "registry", url);
  return person;
}

Deno.test("serve says where it listens, ends in order, and takes its advertisement back", async () => {
  await using operator = new Person();
  const served = await serve(operator);
  await Deno.stat(`${served.folder}/${LOCAL_FILE}`);
  const { code, stdout, stderr } = await served.stop();
  assertEquals(code, 0);
  assertEquals(parseDocument(stdout).event, "listening");
  assertEquals(stderr, "Stopping.\n");
  const files = [...Deno.readDirSync(served.folder)].map((entry) => entry.name);
  assert(!files.includes(LOCAL_FILE));
  await using again = await serve(operator);
  assertEquals(again.node_id, served.node_id);
});

Deno.test("owner and renter meet at a served registry, and nobody rents from himself", async () => {
  await using operator = new Person();
  await using served = await serve(operator, "--welcome-credit", "5", "--fee-bps", "100");
  await using owner = await client(served.url);
  await using renter = await client(served.url);
  await listGpu(owner, { gpu_id: "rig-1", price: "0.30" }, served.folder);
  const taken = await renter.refusal("gpu", "update", "rig-1", "--price", "0.01");
  assertEquals([taken.code, taken.exit], ["forbidden", 3]);
  const offline = await renter.refusal("rent", "rig-1", "--yes");
  assertEquals([offline.code, offline.exit], ["gpu_offline", 1]);
  assertStringIncludes((await renter.run(["list-gpus", "--all"])).stdout, "offline");
  assertEquals((await renter.json("list-gpus")).total, 0);
  await bringOnline(owner, "rig-1", served.url);
  const own = await owner.refusal("rent", "rig-1", "--yes");
  assertEquals([own.code, own.exit], ["own_gpu", 3]);
  const lease = await renter.json("rent", "rig-1", "--duration", "1", "--yes");
  assertEquals((await renter.json("wallet", "balance")).held_micros, 300_000);
  const notMine = await owner.refusal("lease", "end", String(lease.lease_id));
  assertEquals([notMine.code, notMine.exit], ["forbidden", 3]);
  assertEquals((await renter.json("lease", "end", String(lease.lease_id))).state, "ended");
});

Deno.test("commands on the folder of a server talk to it, and its operator issues credits", async () => {
  await using operator = new Person();
  await operator.json("init");
  await using served = await serve(operator);
  const status = await operator.json("network", "status");
  assertEquals(Object(status.registry).where, "local");
  assertEquals(Object(status.registry).node_id, served.node_id);
  await using stranger = await client(served.url);
  const refused = await stranger.refusal("wallet", "deposit", "5");
  assert(refused.code === "key_missing" || refused.code === "forbidden", refused.code);
  const { actor } = await stranger.json("wallet", "balance");
  await operator.json("wallet", "deposit", "5", "--to", String(actor));
  assertEquals((await stranger.json("wallet", "balance")).available_micros, 5_000_000);
  const byName = ["--registry", served.url, "--data", served.folder];
  await stranger.json("wallet", "deposit", "1", ...byName);
  assertEquals((await stranger.json("wallet", "balance")).available_micros, 6_000_000);
});

Deno.test("the node of another folder can't issue credits", async () => {
  await using operator = new Person();
  await using served = await serve(operator);
  await using stranger = await client(served.url);
  await stranger.json("config", "--unset", "registry");
  await stranger.json("wallet", "balance");
  const refused = await stranger.refusal("wallet", "deposit", "5", "--registry", served.url);
  assertEquals([refused.code, refused.exit], ["forbidden", 3]);
});

Deno.test("a port in use is told, and so is a folder in use", async () => {
  await using operator = new Person();
  await using served = await serve(operator);
  await using other = new Person();
  const { port } = new URL(served.url);
  const taken = await other.refusal("serve", "--port", port);
  assertEquals([taken.code, taken.exit], ["port_in_use", 1]);
  assertStringIncludes(taken.message, port);
  await using free = await serve(other);
  assert(free.node_id !== served.node_id, "the folder was let go");
});

Deno.test("serve checks its flags before it opens anything", async () => {
  await using operator = new Person();
  const pem = `${operator.home}/cert.pem`;
  await Deno.writeTextFile(pem, "no certificate");
  const wrong = [
    ["--port", "65536"],
    ["--port", "-1"],
    ["--welcome-credit", "-1"],
    ["--welcome-credit", "1001"],
    ["--fee-bps", "10001"],
    ["--url", "ftp://x"],
    ["--url", "https://a,https://b,https://c,https://d,https://e"],
    ["--url", "https://u:p@x"],
    ["--tls-cert", pem],
    ["--tls-cert", pem, "--tls-key", pem],
    ["--tls-cert", `${operator.home}/nowhere`, "--tls-key", pem],
  ];
  for (const flags of wrong) {
    assertEquals((await operator.refusal("serve", ...flags)).exit, 2, flags.join(" "));
  }
  assertEquals([...Deno.readDirSync(operator.home)].some(({ name }) => name === "data"), false);
});

Deno.test("a registry that is down, or no registry, is exit code 6 for every command", async () => {
  await using operator = new Person();
  const served = await serve(operator);
  await using person = await client(served.url);
  await person.json("wallet", "balance");
  await served.stop();
  const commands = [
    ["list-gpus"],
    ["rent", "x", "--yes"],
    ["explore", "x"],
    ["wallet", "balance"],
    ["lease", "list"],
    ["lease", "end", "lease_1"],
    ["status", "job_1"],
    ["cancel-job", "job_1"],
    ["gpu", "update", "x", "--price", "1"],
  ];
  for (const words of commands) {
    const refused = await person.refusal(...words);
    assertEquals([refused.code, refused.exit], ["network", 6], words.join(" "));
  }
  const status = await person.run(["network", "status", "--json"]);
  assertEquals(status.code, 6);
  assertEquals(parseDocument(status.stdout).registry !== null, true);
  assertEquals((await person.run(["logs"])).code, 0);
  await using web = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("<html>It works!</html>"),
  );
  const url = `http://127.0.0.1:${web.addr.port}`;
  const garbage = await person.refusal("list-gpus", "--registry", url);
  assertEquals([garbage.code, garbage.exit], ["bad_gateway", 6]);
});

Deno.test("a registry that isn't the pinned one is refused", async () => {
  await using operator = new Person();
  await using served = await serve(operator);
  await using person = await client(served.url);
  await person.json("config", "--set", "registry_node", served.node_id);
  await person.json("wallet", "balance");
  const { actor } = await person.json("init");
  await person.json("config", "--set", "registry_node", String(actor));
  const refused = await person.refusal("wallet", "balance");
  assertEquals([refused.code, refused.exit], ["forbidden", 3]);
});

Deno.test("a wrong --registry is bad usage", async () => {
  await using person = new Person();
  await person.json("init");
  for (const url of ["x", "ftp://x", "http://u:p@x"]) {
    assertEquals((await person.refusal("list-gpus", "--registry", url)).exit, 2, url);
  }
});

Deno.test("an interrupt while the registry is slow ends the command with 130", async () => {
  const asked = Promise.withResolvers<void>();
  const never = Promise.withResolvers<Response>();
  await using slow = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    asked.resolve();
    return never.promise;
  });
  await using person = await client(`http://127.0.0.1:${slow.addr.port}`);
  const stop = new AbortController();
  const running = person.run(["list-gpus", "--json"], { signal: stop.signal });
  await asked.promise;
  stop.abort();
  const { code, stdout } = await running;
  assertEquals([code, Object(parseDocument(stdout).error).code], [130, "interrupted"]);
  never.resolve(new Response());
});

Deno.test("more addresses than a registry may have are refused with the bound", async () => {
  await using person = new Person();
  const five = ["a", "b", "c", "d", "e"].map((host) => `http://${host}.example`).join();
  const { code, message } = await person.refusal("serve", "--url", five);
  assertEquals([code, message], ["invalid_input", "--url: must have at most 4 items, not 5"]);
});
