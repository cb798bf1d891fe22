import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../src/cli/commands.ts";
import { curlOf } from "../../src/cli/curl.ts";
import { bringOnline, listGpu } from "./listing.ts";
import { Person } from "./person.ts";
import { serve } from "./served.ts";

/** What a shell makes of a printed command, sent to whom it names. */
async function sent(line: string): Promise<{ code: number; text: string }> {
  const { code, stdout } = await new Deno.Command("sh", { args: ["-c", line] }).output();
  return { code, text: new TextDecoder().decode(stdout) };
}

Deno.test("--curl prints requests that a shell can send, and changes nothing by itself", async () => {
  await using operator = new Person();
  await using served = await serve(operator, "--welcome-credit", "5");
  await using owner = new Person();
  await using renter = new Person();
  for (const person of [owner, renter]) {
    await person.json("init");
    await person.json("config", "--set", "registry", served.url);
  }
  await listGpu(owner, { gpu_id: "rig-1", price: "0.30" }, served.folder);
  await bringOnline(owner, "rig-1", served.url);
  const list = await renter.run(["list-gpus", "--where", "price<0.5", "--curl"]);
  assertEquals([list.code, list.stderr], [0, ""]);
  assertEquals(list.stdout.trim().split("\n").length, 1);
  assertStringIncludes((await sent(list.stdout)).text, '"gpu_id":"rig-1"');
  const rent = await renter.run(["rent", "rig-1", "--duration", "1", "--yes", "--curl"]);
  assertEquals(rent.code, 0, rent.stderr);
  const [read = "", write = "", ...others] = rent.stdout.trim().split("\n");
  assertEquals(others, []);
  assertMatch(read, /^curl -sS .*'http:\/\/[^']*\/v1\/gpus\/rig-1'$/);
  assertMatch(write, /^curl -sS -X POST .*--data-raw '\{"envelopes":.*\/v1\/intents'$/);
  assertEquals((await renter.json("lease", "list")).leases, []);
  assertStringIncludes((await sent(write)).text, '"type":"lease.opened"');
  const { leases } = await renter.json("lease", "list");
  assertEquals(Array.isArray(leases) && leases.length, 1);
});

Deno.test("no secret is printed, and no word of a request is more to a shell than itself", async () => {
  const line = await curlOf(
    new Request("http://x/v1/a?b='$(id)'", {
      method: "POST",
      headers: { authorization: "Bearer secret", "content-type": "application/json" },
      body: `{"a":"'; touch /tmp/owned; echo '$(id)\`id\`"}`,
    }),
  );
  assert(!line.includes("secret"));
  const { text } = await sent(line.replace(/^curl/, "printf '%s\\n'"));
  assertStringIncludes(text, `{"a":"'; touch /tmp/owned; echo '$(id)\`id\`"}`);
  assertStringIncludes(text, "authorization: Bearer ");
});

Deno.test("--curl is refused where there is no request to print: nothing is done then", async () => {
  await using person = new Person();
  for (
    const words of [["init"], ["config", "--set", "max_price", "1"], ["job", "new", "wgsl", "x"]]
  ) {
    assertEquals((await person.refusal(...words, "--curl")).code, "invalid_input");
  }
  await person.json("init");
  assertEquals((await person.refusal("wallet", "deposit", "5", "--curl")).code, "invalid_input");
  assertEquals((await person.json("wallet", "balance")).available_micros, 0);
  const local = [];
  for (const [name, entry] of Object.entries(COMMANDS)) {
    if ((await entry.load()).command.local) local.push(name);
  }
  assert(local.includes("serve") && !local.includes("rent"));
});
