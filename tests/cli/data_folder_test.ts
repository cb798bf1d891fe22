import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { lockFolder } from "../../src/store/lock.ts";
import { systemClock } from "../../src/base/clock.ts";
import { LOCAL_FILE } from "../../src/protocol/local.ts";
import { Person } from "./person.ts";

Deno.test("commands at the same time wait for each other", async () => {
  await using person = new Person();
  await person.json("init");
  const all = await Promise.all(
    Array.from({ length: 5 }, () => person.run(["wallet", "deposit", "1"])),
  );
  assertEquals(all.map(({ code }) => code), [0, 0, 0, 0, 0], all.map((d) => d.stderr).join(""));
  assertEquals((await person.json("wallet", "balance")).available_micros, 5_000_000);
});

Deno.test("a folder that somebody holds and doesn't serve is busy after five seconds", async () => {
  await using person = new Person();
  await person.json("init");
  const lock = await lockFolder(`${person.home}/data`, { wait_ms: 0, clock: systemClock });
  try {
    let at = 0;
    const clock = { now: () => 0, monotonic: () => at += 1_000 };
    const { code, stderr } = await person.run(["wallet", "balance"], { clock });
    assertEquals(code, 1);
    assertStringIncludes(stderr, `${person.home}/data`);
  } finally {
    lock.release();
  }
});

Deno.test("an address from a process that died is passed over", async () => {
  await using person = new Person();
  await person.json("init");
  await person.json("wallet", "deposit", "1");
  const { actor } = await person.json("wallet", "balance");
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${listener.addr.port}`;
  listener.close();
  const stale = { node_id: actor, url, token: "t".repeat(43) };
  for (const text of [JSON.stringify(stale), "{", ""]) {
    await Deno.writeTextFile(`${person.home}/data/${LOCAL_FILE}`, text);
    assertEquals((await person.json("wallet", "balance")).available_micros, 1_000_000);
  }
});

Deno.test("the port of a process that died, taken by another registry, is passed over", async () => {
  await using person = new Person();
  await person.json("init");
  await person.json("wallet", "deposit", "1");
  const { actor } = await person.json("wallet", "balance");
  await using web = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => Response.json({ node_id: actor }),
  );
  const stale = { node_id: actor, url: `http://127.0.0.1:${web.addr.port}`, token: null };
  await Deno.writeTextFile(`${person.home}/data/${LOCAL_FILE}`, JSON.stringify(stale));
  assertEquals((await person.json("wallet", "balance")).available_micros, 1_000_000);
});

Deno.test("a damaged data folder is told with its place, and nothing starts on half a state", async () => {
  await using person = new Person();
  await person.json("init");
  await person.json("wallet", "deposit", "1");
  for (const { name } of [...Deno.readDirSync(`${person.home}/data`)]) {
    if (!/journal|\.kv|sqlite/.test(name)) continue;
    await Deno.writeTextFile(`${person.home}/data/${name}`, "garbage ".repeat(1000));
  }
  const refused = await person.refusal("wallet", "balance");
  assertEquals([refused.code, refused.exit], ["data_corrupt", 1]);
  assert(refused.message.includes(person.home), refused.message);
});
