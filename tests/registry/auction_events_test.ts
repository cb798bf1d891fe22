import { assertEquals } from "@std/assert";
import { systemClock } from "../../src/base/clock.ts";
import { newId } from "../../src/base/ids.ts";
import { Client } from "../../src/client/client.ts";
import { inProcessTransport } from "../../src/client/transport.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { openRegistry } from "../../src/registry/registry.ts";
import { newSalt, sealBody } from "./auctions.ts";
import { gpuBody, MAIN_URL, newActor } from "./harness.ts";

Deno.test("an auction ends by itself at its deadline, and the stream tells of each step", async () => {
  const folder = await Deno.makeTempDir();
  const registry = await openRegistry({ folder, mode: "embedded", main_url: MAIN_URL });
  const identity = newActor();
  const transport = inProcessTransport(registry.fetch);
  const client = new Client({ transport, identity, node_id: registry.node_id });
  const operator = client.as(registry.node);
  await operator.submit("wallet.deposit", { to: identity.id, amount_micros: 1_000_000 });
  await client.submit("gpu.register", gpuBody("gpu-1"));
  const figures = { gops: 12_000, elapsed_ms: 11, m: 4096, k: 4096, n: 4096 };
  const verdict = { verdict: "verified", class: "RTX 3090", reason: "", figures } as const;
  await operator.submit("gpu.judge", {
    gpu_id: "gpu-1",
    challenge_id: newId(systemClock.now()),
    verdict: { ...verdict, contradicts: [], step: null },
    root: null,
    indices: [],
    answer_sha256: null,
  });
  const { seq, at, data } = await client.submit("auction.start", {
    gpu_id: "gpu-1",
    format: "second-price",
    units: 1,
    duration_s: 3600,
    reserve_micros_per_hour: null,
    timeout_ms: LIMITS.auction_timeout_min_ms,
  });
  const auction_id = String(data.auction_id);
  const opening = { auction_id, price_micros_per_hour: 400_000, salt: newSalt() };
  await client.openBid(opening);
  await client.submit("bid.seal", sealBody(identity, opening));
  const types: string[] = [];
  const stop = new AbortController();
  for await (const event of client.events(seq - 1, stop.signal)) {
    types.push(event.type);
    if (event.type === "auction.closed") {
      assertEquals(event.at, at + LIMITS.auction_timeout_min_ms);
    }
    if (event.type === "auction.cleared") break;
  }
  assertEquals(types, [
    "auction.started",
    "bid.sealed",
    "auction.closed",
    "auction.revealed",
    "auction.cleared",
  ]);
  assertEquals((await client.auction(auction_id)).price_micros_per_hour, 300_000, "the ask");
  stop.abort();
  await registry.close();
  await Deno.remove(folder, { recursive: true });
});
