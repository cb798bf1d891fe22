import { assert, assertEquals } from "@std/assert";
import { batchLines } from "../../src/protocol/feed_lines.ts";
import { FEED_LINES_TYPE } from "../../src/protocol/network.ts";
import { openTest } from "../registry/harness.ts";
import { eventsOf, LyingPeer } from "./lying_peer.ts";
import type { VictimReport } from "./victim_child.ts";

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
/** What a victim may grow by, whatever is sent: a few commits on their way, and room for the collector. */
const GROWTH_BYTES = 320 * MIB;
const CHILD = new URL("./victim_child.ts", import.meta.url).pathname;
const encoder = new TextEncoder();

/** A peer behind a real socket, of which a test counts the bytes that it could send. */
function serve(liar: LyingPeer): { url: string } & AsyncDisposable {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    return liar.answer(request);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    async [Symbol.asyncDispose]() {
      await liar[Symbol.asyncDispose]();
      await server.shutdown();
    },
  };
}

/** Up to a gibibyte of what a generator gives. */
function gibibyte(
  next: () => Promise<string> | string,
  type: string,
  count: (bytes: number) => void,
): Response {
  let left = GIB;
  const body = new ReadableStream<Uint8Array>({
    async pull(stream) {
      const bytes = encoder.encode(await next());
      count(bytes.length);
      left -= bytes.length;
      stream.enqueue(bytes);
      if (left <= 0) stream.close();
    },
  });
  return new Response(body, { headers: { "content-type": type } });
}

async function victimOf(url: string, replica_bytes: number): Promise<VictimReport> {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--frozen", "-A", CHILD, url, String(replica_bytes)],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

function assertBounded(report: VictimReport, what: string): void {
  const growth_bytes = report.max_rss_bytes - report.start_rss_bytes;
  console.log(`${what}: grew by ${Math.round(growth_bytes / MIB)} MiB`);
  assert(growth_bytes < GROWTH_BYTES, `${what}: it grew by ${growth_bytes} bytes`);
}

Deno.test("a gibibyte of events, all in order and signed, stops at what a replica may take", async () => {
  await using home = await openTest();
  const liar = await LyingPeer.of(home, "liar");
  let after = liar.feed.at(-1)?.checkpoint;
  const tick = { at: eventsOf(liar.feed).at(-1)?.at, data: {}, type: "tick", v: 1 };
  const next = async () => {
    const batch = await liar.commit(Array.from({ length: 1_000 }, () => tick), after);
    after = batch.checkpoint;
    return batchLines(batch) + "\n";
  };
  let sent = 0;
  const [first] = liar.feed;
  assert(first !== undefined);
  liar.answers.set(`/v1/feeds/${liar.node.id}`, () => {
    let isFirst = true;
    const lines = async () => {
      if (!isFirst) return await next();
      isFirst = false;
      return batchLines(first) + "\n";
    };
    return gibibyte(lines, FEED_LINES_TYPE, (bytes) => sent += bytes);
  });
  await using served = serve(liar);
  const report = await victimOf(served.url, 16 * MIB);
  assertEquals(report.code, "limit_reached", report.message);
  assert(sent < 256 * MIB, `${sent} bytes were taken`);
  assertBounded(report, "events");
});

for (
  const [what, type, chunk] of [
    ["one line", FEED_LINES_TYPE, "x".repeat(MIB)],
    ["lines of one commit", FEED_LINES_TYPE, '{"at":1}\n'.repeat(100_000)],
  ] as const
) {
  Deno.test(`a gibibyte of ${what} over a real socket is refused while it comes`, async () => {
    await using home = await openTest();
    const liar = await LyingPeer.of(home, "liar");
    let sent = 0;
    const answer = () => gibibyte(() => chunk, type, (bytes) => sent += bytes);
    liar.answers.set(`/v1/feeds/${liar.node.id}`, answer);
    await using served = serve(liar);
    const report = await victimOf(served.url, GIB);
    assertEquals(report.code, "bad_gateway", report.message);
    assert(sent < 64 * MIB, `${sent} bytes were taken`);
    assertBounded(report, what);
  });
}

Deno.test("a gibibyte of peers over a real socket is refused while it comes", async () => {
  await using home = await openTest();
  const liar = await LyingPeer.of(home, "liar");
  let sent = 0;
  const chunk = "[[],".repeat(65_536);
  const answer = () => gibibyte(() => chunk, "application/json", (bytes) => sent += bytes);
  liar.answers.set("/v1/peers", answer);
  await using served = serve(liar);
  const report = await victimOf(served.url, GIB);
  assertEquals(report.code, "bad_gateway", report.message);
  assert(sent < 64 * MIB, `${sent} bytes were taken`);
  assertBounded(report, "peers");
});

Deno.test("an answer that never begins is given up in time, over a real socket", async () => {
  await using home = await openTest();
  const liar = await LyingPeer.of(home, "liar");
  const ended = Promise.withResolvers<Response>();
  liar.answers.set("/v1/peers", () => ended.promise);
  await using served = serve(liar);
  const report = await victimOf(served.url, GIB);
  assertEquals(report.code, "timeout", report.message);
  ended.resolve(Response.json({}));
});
