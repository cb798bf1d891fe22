import { assert, assertEquals } from "@std/assert";
import type { LogEntry } from "../../src/base/log.ts";
import { serialize, stateHash } from "../../src/market/market.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { accepted, act, envelope, listGpu, newActor, problemIn, submit } from "./harness.ts";
import { ManualClock, openTest, sessionOf, type TestRegistry } from "./harness.ts";
import {
  BIDDING_MS,
  newBidder,
  newSalt,
  passTime,
  postOpening,
  readAuction,
  readBid,
  sealBid,
  sealBody,
  startAuction,
} from "./auctions.ts";

const GPU = "gpu-1";
const PRICE = 271_829;

async function setUp(registry: TestRegistry) {
  const owner = newActor();
  await listGpu(registry, owner, GPU);
  const auction_id = await startAuction(registry, owner, GPU);
  return { owner, auction_id, bidder: await newBidder(registry) };
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Paths of all files below a folder. */
async function filesIn(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) paths.push(...await filesIn(path));
    else paths.push(path);
  }
  return paths;
}

Deno.test("until the close a sealed price is in no answer, feed, log or file but the secret one", async () => {
  const logged: LogEntry[] = [];
  await using registry = await openTest({ log: (entry) => logged.push(entry) });
  const { owner, auction_id, bidder } = await setUp(registry);
  const opening = { auction_id, price_micros_per_hour: PRICE, salt: newSalt() };
  const taken = await (await postOpening(registry, bidder, opening)).text();
  const sent = await envelope(bidder, registry, "bid.seal", sealBody(bidder, opening));
  const receipt = JSON.stringify(await submit(registry, sent));
  const { bid_id } = (await (await registry.fetch(`/v1/bids?auction_id=${auction_id}`)).json())
    .bids[0];
  const low = { ...sealBody(bidder, opening), hold_micros: 1 };
  const refused = JSON.stringify(await act(registry, bidder, "bid.seal", low));
  const texts = [taken, receipt, refused, JSON.stringify(logged)];
  const { sequencer, store, projector } = registry.services;
  const paths = [
    "auctions",
    `auctions/${auction_id}`,
    "bids",
    `bids/${bid_id}`,
    `bids/${bid_id}?explain=true`,
    "gpus?all=true",
    "leases",
    "prices",
    "node",
    `wallet/${bidder.id}`,
    `wallet/${bidder.id}/history`,
    `wallet/${owner.id}`,
    `feeds/${registry.node.id}?limit=1000`,
  ].map((path) => `/v1/${path}`);
  for (const path of [...paths, "/metrics"]) {
    const response = await registry.fetch(path, { headers: await sessionOf(registry, owner) });
    assertEquals(response.status, 200, path);
    texts.push(await response.text());
  }
  await projector.flush(sequencer.head.seq);
  await store.snapshots.write(sequencer.head, serialize(sequencer.state));
  let secrets = 0;
  for (const path of await filesIn(registry.folder)) {
    const text = new TextDecoder("latin1").decode(await Deno.readFile(path));
    if (path.includes("/sealed-bids/")) {
      assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
      assert(text.includes(opening.salt), "it is kept here");
      secrets++;
    } else texts.push(text);
  }
  assertEquals(secrets, 1);
  for (const text of texts) {
    assert(!text.includes(opening.salt), text);
    assert(!text.includes(String(PRICE)), text);
  }
  await passTime(registry, BIDDING_MS);
  assertEquals((await readBid(registry, bid_id)).price_micros_per_hour, PRICE);
  const files = (await filesIn(registry.folder)).filter((path) => path.includes("/sealed-bids/"));
  assertEquals(files, [], "what was opened to everyone needs no secret file");
});

Deno.test("a sealed bid is refused without its opening, with another's, or above its cap", async () => {
  await using registry = await openTest();
  const { auction_id, bidder } = await setUp(registry);
  const opening = { auction_id, price_micros_per_hour: PRICE, salt: newSalt() };
  const code = async (body: ReturnType<typeof sealBody>, who = bidder) => {
    const result = await act(registry, who, "bid.seal", body);
    return result.ok ? "accepted" : `${result.code} ${result.seq}`;
  };
  const body = sealBody(bidder, opening);
  assertEquals(await code(body), "bid_unopened null");
  await (await postOpening(registry, bidder, opening)).body?.cancel();
  const other = await newBidder(registry);
  assertEquals(await code(body, other), "bid_unopened null", "it is not theirs");
  assertEquals(await code({ ...body, hold_micros: PRICE - 1 }), "cap_exceeded null");
  assertEquals(await code({ ...body, quantity: 2, hold_micros: PRICE }), "cap_exceeded null");
  assertEquals(await code({ ...body, hold_micros: PRICE }), "accepted");
  await passTime(registry, BIDDING_MS);
  assertEquals((await readAuction(registry, auction_id)).winners[0]?.bidder, bidder.id);
});

Deno.test("an opening is refused that could not win, or that the registry can't trust", async () => {
  await using registry = await openTest();
  const { auction_id, bidder, owner } = await setUp(registry);
  const good = { auction_id, price_micros_per_hour: PRICE, salt: newSalt() };
  const code = async (change: Partial<typeof good>, who = bidder) => {
    const response = await postOpening(registry, who, { ...good, ...change });
    return response.ok ? await response.json() : (await problemIn(response)).code;
  };
  assertEquals(await code({ price_micros_per_hour: 99_999 }), "below_reserve");
  assertEquals(await code({ price_micros_per_hour: 10_000_001 }), "insufficient_funds");
  assertEquals(await code({ price_micros_per_hour: -1 }), "invalid_input");
  assertEquals(await code({ salt: "x" }), "invalid_input");
  assertEquals(await code({ auction_id: "auction_999" }), "auction_not_found");
  assertEquals(await code({}, owner), "own_gpu");
  assertEquals(await code({}, newActor()), "insufficient_funds");
  const path = `/v1/auctions/${auction_id}/openings`;
  const init = { method: "POST", body: JSON.stringify(good) };
  assertEquals((await problemIn(await registry.fetch(path, init))).code, "session_invalid");
  const elsewhere = await registry.fetch("/v1/auctions/auction_1/openings", {
    ...init,
    headers: await sessionOf(registry, bidder),
  });
  assertEquals((await problemIn(elsewhere)).code, "invalid_input");
  const commitment = sealBody(bidder, good).commitment;
  assertEquals(await code({}), { commitment });
  assertEquals(await code({}), { commitment }, "again is the same");
  registry.clock.pass(BIDDING_MS);
  assertEquals(await code({ salt: newSalt() }), "auction_state");
  await registry.housekeeping.run();
  await listGpu(registry, owner, "gpu-2");
  const english = await startAuction(registry, owner, "gpu-2", { format: "english" });
  assertEquals(await code({ auction_id: english }), "auction_state");
});

Deno.test("one bidder can't fill the registry with openings", async () => {
  await using registry = await openTest();
  const { auction_id, bidder } = await setUp(registry);
  const { openings } = registry.services;
  const keep = (i: number) => {
    const salt = i.toString(16).padStart(32, "0");
    return openings.keep(bidder.id, { auction_id, price_micros_per_hour: PRICE, salt });
  };
  await Promise.all(Array.from({ length: LIMITS.bids_per_actor }, (_, i) => keep(i)));
  const refused = await keep(LIMITS.bids_per_actor).catch(({ code }) => code);
  assertEquals(refused, "limit_reached");
});

Deno.test("a deadline that passed while the registry was down clears at the next start", async () => {
  await withFolder(async (folder) => {
    const clock = new ManualClock();
    const first = await openTest({ folder, clock });
    const { auction_id, bidder } = await setUp(first);
    await sealBid(first, bidder, auction_id, PRICE);
    const { ends_at } = await readAuction(first, auction_id);
    await first.close();
    clock.pass(BIDDING_MS + 5_000);
    const second = await openTest({ folder, clock });
    await second.housekeeping.run();
    const auction = await readAuction(second, auction_id);
    assertEquals([auction.state, auction.winners.length], ["cleared", 1]);
    const page = await (await second.fetch(`/v1/feeds/${second.node.id}?limit=1000`)).json();
    const closed = page.events.find((event: { type: string }) => event.type === "auction.closed");
    assertEquals(closed.at, ends_at, "it closed at its deadline");
    await second.close();
  });
});

/** Copies what a kill would leave: every file as it is now. */
function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyFolder(`${from}/${name}`, `${to}/${name}`);
    else Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}

Deno.test("a kill at any step of an auction changes nothing of its outcome", async () => {
  await withFolder(async (folder) => {
    const clock = new ManualClock();
    const started_at = clock.now();
    const copies: string[] = [];
    const registry = await openTest({ folder: `${folder}/undisturbed`, clock });
    const keepCopy = () => {
      const copy = `${folder}/copy-${copies.length}`;
      copyFolder(registry.folder, copy);
      copies.push(copy);
    };
    const { auction_id } = await setUp(registry);
    const prices = [110_000, 350_000, 350_000, 420_000, 230_000];
    const opened = [];
    for (const price_micros_per_hour of prices) {
      const bidder = await newBidder(registry);
      const opening = { auction_id, price_micros_per_hour, salt: newSalt() };
      const sent = await envelope(bidder, registry, "bid.seal", sealBody(bidder, opening));
      opened.push({ bidder, opening, sent });
    }
    for (const { bidder, opening, sent } of opened) {
      await (await postOpening(registry, bidder, opening)).body?.cancel();
      keepCopy();
      await submit(registry, sent);
    }
    // From here on after each commit: before it closes, before it is revealed, before it is cleared.
    keepCopy();
    const stop = registry.services.sequencer.feed.listen(keepCopy);
    await passTime(registry, BIDDING_MS);
    stop();
    assert(copies.length > prices.length + 2, `${copies.length} copies`);
    const outcome = await readAuction(registry, auction_id);
    const hash = stateHash(registry.services.sequencer.state);
    await registry.close();
    assertEquals(outcome.state, "cleared");
    assertEquals(outcome.price_micros_per_hour, 350_000);
    for (const copy of copies) {
      const again = new ManualClock();
      again.set(started_at - again.now());
      const survivor = await openTest({ folder: copy, clock: again });
      for (const { bidder, opening, sent } of opened) {
        await (await postOpening(survivor, bidder, opening)).body?.cancel();
        await submit(survivor, sent);
      }
      await passTime(survivor, BIDDING_MS);
      assertEquals(await readAuction(survivor, auction_id), outcome);
      await survivor.close();
    }
    const whole = await openTest({ folder: `${folder}/undisturbed`, clock });
    assertEquals(stateHash(whole.services.sequencer.state), hash, "its replay is the same");
    await whole.close();
  });
});

Deno.test("a commit that fails at the close loses no opening: the auction clears afterwards", async () => {
  await withFolder(async (folder) => {
    const registry = await openTest({ folder });
    const { auction_id, bidder, owner } = await setUp(registry);
    await sealBid(registry, bidder, auction_id, PRICE);
    {
      // What another writer would do: the next commit is fenced off.
      using kv = await Deno.openKv(`${folder}/journal.kv`);
      const { value } = await kv.get(["head"]);
      await kv.set(["head"], value);
    }
    const sent = await envelope(owner, registry, "auction.end", { auction_id });
    const init = { method: "POST", body: JSON.stringify({ envelopes: [sent] }) };
    assertEquals((await problemIn(await registry.fetch("/v1/intents", init))).code, "fenced");
    await registry.services.sequencer.ready();
    assertEquals((await readAuction(registry, auction_id)).state, "open");
    await accepted(registry, owner, "auction.end", { auction_id });
    await registry.housekeeping.run();
    assertEquals((await readAuction(registry, auction_id)).winners.length, 1);
    await registry.close();
  });
});
