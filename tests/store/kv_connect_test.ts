import { assert, assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { EMPTY_HEAD } from "../../src/store/checkpoint.ts";
import { Journal } from "../../src/store/journal.ts";
import type { KvStore } from "../../src/store/kv.ts";
import { connectStore } from "../../src/store/kv_connect/connect.ts";
import { decodeKey, encodeKey } from "../../src/store/kv_connect/kv_keys.ts";
import { decodeValue, encodeValue } from "../../src/store/kv_connect/kv_values.ts";
import { replay } from "../../src/store/replay.ts";
import { Random } from "../random.ts";
import { chainedRecords, headOf, sign } from "./feed.ts";
import { storeKinds } from "./shared_stores.ts";

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, HorizonError)).code;
}

function randomKey(random: Random): Deno.KvKey {
  return Array.from({ length: 1 + random.below(3) }, () => {
    if (random.below(2) === 0) return ["", "a", "a\0", "a\0b", "ä", "feed"][random.below(6)]!;
    return [0, 1, -1, 0.5, -0.5, 1e300, 255, 256, 2 ** 53][random.below(9)]!;
  });
}

Deno.test("encoded keys come back, and order as Deno's own KV orders the keys", async () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  using kv = await Deno.openKv(":memory:");
  const keys = Array.from({ length: 200 }, () => randomKey(random));
  for (const key of keys) {
    assertEquals(decodeKey(encodeKey(key)), key);
    await kv.set(key, 1);
  }
  const theirs = await Array.fromAsync(
    kv.list({ prefix: [] }),
    ({ key }) => encodeKey(key).toHex(),
  );
  assertEquals(theirs, [...theirs].sort());
});

Deno.test("encoded numbers and bytes come back; what nobody writes is refused", () => {
  for (const value of [0, 1, 63, 64, 127, 128, 300, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1]) {
    const { data, encoding } = encodeValue(value);
    assertEquals(decodeValue(new Uint8Array(data), encoding), value);
  }
  const bytes = Uint8Array.from([0xff, 0, 1]);
  assertEquals(decodeValue(bytes, encodeValue(bytes).encoding), bytes);
  assertEquals(decodeValue(bytes, 2), undefined);
  for (const wrong of [-1, 0.5, NaN, 2 ** 53]) {
    try {
      encodeValue(wrong);
    } catch (thrown) {
      assert(thrown instanceof RangeError);
      continue;
    }
    throw new Error(`${wrong} was taken`);
  }
});

for (const kind of storeKinds()) {
  Deno.test(`${kind.name}: a shared store does what Deno's own KV does`, async () => {
    const random = Random.fresh();
    console.log(`seed ${random.seed}`);
    await using server = await kind.open();
    const kv = await connectStore(server);
    using plain = await Deno.openKv(":memory:");
    const stamps = new Map<string, string>();
    for (let step = 0; step < 120; step++) {
      const key = ["t", random.below(8), random.below(3)];
      const name = key.join();
      const isStale = random.below(4) === 0;
      const ours = isStale ? null : (await kv.get(key)).versionstamp;
      const theirs = isStale ? null : (await plain.get(key)).versionstamp;
      const value = random.below(2) === 0 ? random.below(1_000) : random.bytes(random.below(400));
      const result = await kv.atomic().check({ key, versionstamp: ours }).set(key, value).commit();
      const expected = await plain.atomic().check({ key, versionstamp: theirs }).set(key, value)
        .commit();
      assertEquals(result.ok, expected.ok);
      if (result.ok) stamps.set(name, result.versionstamp);
      const found = await kv.get(key);
      assertEquals(found.value, (await plain.get(key)).value);
      assertEquals(found.versionstamp, stamps.get(name));
      await assertSameList(kv, plain, random);
    }
    kv.close();
  });

  Deno.test(`${kind.name}: a journal lives on it, and a writer with an old epoch is fenced`, async () => {
    await using server = await kind.open();
    const kv = await connectStore(server);
    const journal = await Journal.open(kv);
    const { records, head } = chainedRecords(40, EMPTY_HEAD, (seq) => seq % 7 === 0 ? 90_000 : 9);
    let done = 0;
    while (done < records.length) {
      const batch = records.slice(done, done + 3);
      await journal.append(batch, await sign(headOf(done + batch.length, batch.at(-1)!)));
      done += batch.length;
    }
    const deposed = journal;
    const leader = await Journal.open(kv);
    await leader.beginEpoch();
    const more = chainedRecords(1, head);
    assertEquals(await codeOf(deposed.append(more.records, await sign(more.head))), "fenced");
    await leader.append(more.records, await sign(more.head));
    const again = await Journal.open(kv);
    assertEquals(again.epoch, 2);
    assertEquals(await replay(again, EMPTY_HEAD, () => {}), more.head);
    kv.close();
  });

  Deno.test(`${kind.name}: a wrong token is refused, and the error doesn't tell it`, async () => {
    await using server = await kind.open();
    const token = "another-secret-token";
    const error = await assertRejects(
      () => connectStore({ url: server.url, token }),
      HorizonError,
    );
    assertEquals(error.code, "store_refused");
    assertEquals(`${error.message} ${error.fix} ${error.stack}`.includes(token), false);
  });

  Deno.test(`${kind.name}: a store that goes away is said to, and serves on when it is back`, async () => {
    await using server = await kind.open();
    const kv = await connectStore(server);
    const written = await kv.atomic().set(["a"], 7).commit();
    await server.stop();
    assertEquals(await codeOf(kv.get(["a"])), "store_unreachable");
    assertEquals(await codeOf(kv.atomic().set(["a"], 8).commit()), "store_unreachable");
    assertEquals(await codeOf(connectStore(server)), "store_unreachable");
    await server.start();
    const { value, versionstamp } = await kv.get(["a"]);
    assertEquals({ value, ok: written.ok && written.versionstamp === versionstamp }, {
      value: 7,
      ok: true,
    });
    kv.close();
  });

  Deno.test(`${kind.name}: Deno's own client reads what ours wrote, and the other way round`, async () => {
    await using server = await kind.open();
    const kv = await connectStore(server);
    await kv.atomic().set(["feed", 3, 0], Uint8Array.from([1, 2])).set(["epoch"], 300)
      .set(["late"], 2 ** 31).commit();
    const script = `const kv = await Deno.openKv(Deno.args[0]);
      await kv.set(["theirs"], 70000);
      const found = [await kv.get(["epoch"]), await kv.get(["late"]), await kv.get(["feed", 3, 0])];
      console.log(JSON.stringify(found.map(({ value }) => value)));`;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--unstable-kv", script, server.url],
      env: { DENO_KV_ACCESS_TOKEN: server.token },
    });
    const { stdout } = await child.output();
    assertEquals(new TextDecoder().decode(stdout).trim(), '[300,2147483648,{"0":1,"1":2}]');
    assertEquals((await kv.get(["theirs"])).value, 70_000);
    kv.close();
  });
}

async function assertSameList(kv: KvStore, plain: Deno.Kv, random: Random): Promise<void> {
  const from = random.below(8);
  const selectors: Deno.KvListSelector[] = [
    { prefix: ["t"] },
    { prefix: ["t"], end: ["t", from] },
    { prefix: ["t"], start: ["t", from] },
    { start: ["t", from], end: ["t", from + 2, 1] },
  ];
  const selector = selectors[random.below(selectors.length)]!;
  const options = { limit: 1 + random.below(20), reverse: random.below(2) === 0 };
  const names = (entries: AsyncIterable<{ key: Deno.KvKey; value: unknown }>) =>
    Array.fromAsync(entries, ({ key, value }) => ({ key, value }));
  assertEquals(await names(kv.list(selector, options)), await names(plain.list(selector, options)));
}

/** Servers that are no shared store, each in its own way. */
const IMPOSTORS: Record<string, (path: string) => Response> = {
  "a web page": () => new Response("<html>"),
  "another protocol": () => Response.json({ version: 9, endpoints: [] }),
  "a redirect": () => Response.redirect("http://127.0.0.1:1/"),
  "metadata without an end": () => new Response(new Uint8Array(1024 * 1024)),
  "bytes that are no message": (path) =>
    path === "/" ? goodMetadata("/data") : new Response(new Uint8Array([7, 7, 7])),
  "more than was asked for": (path) =>
    path === "/"
      ? goodMetadata("/data")
      : new Response(new Uint8Array(LIMITS.store_answer_bytes + 1)),
  "an endpoint that is no web address": () => goodMetadata("file:///etc/passwd"),
};

function goodMetadata(url: string): Response {
  return Response.json({
    version: 3,
    databaseId: "x",
    endpoints: [{ url, consistency: "strong" }],
    token: "t",
    expiresAt: "2999-01-01T00:00:00Z",
  });
}

for (const [name, answer] of Object.entries(IMPOSTORS)) {
  Deno.test(`a server that answers with ${name} is refused`, async () => {
    const settings = { hostname: "127.0.0.1", port: 0, onListen() {} };
    await using server = Deno.serve(settings, ({ url }) => answer(new URL(url).pathname));
    const url = `http://127.0.0.1:${server.addr.port}`;
    const use = async () => await (await connectStore({ url, token: "t" })).get(["a"]);
    assertEquals(await codeOf(use()), "store_refused");
  });
}

Deno.test("a store that takes the request and never answers is given up on", async () => {
  const settings = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const never = Promise.withResolvers<Response>();
  await using server = Deno.serve(settings, () => never.promise);
  const url = `http://127.0.0.1:${server.addr.port}`;
  assertEquals(await codeOf(connectStore({ url, token: "t" })), "store_unreachable");
  never.resolve(new Response("late"));
});
