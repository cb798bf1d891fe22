import { assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { serverEvents } from "../../src/client/sse.ts";
import { clientOf, TestServer } from "./server.ts";

/** A stream of the text in pieces of a size: network packets fall anywhere. */
function streamOf(text: string, piece_bytes: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at += piece_bytes));
    },
  });
}

const EVENT = { seq: 7, at: 1, type: "tick", data: {} };

Deno.test("messages come out whole, however the packets fall, and comments are no messages", async () => {
  const text = ': hello\n\nid: 1\ndata: {"ü":1}\n\nevent: end\ndata: x\n\n: still here\n\n';
  for (const piece_bytes of [1, 2, 3, 7, 1000]) {
    const found = await Array.fromAsync(serverEvents(streamOf(text, piece_bytes)));
    assertEquals(found, [
      { id: "1", event: "message", data: '{"ü":1}' },
      { id: null, event: "end", data: "x" },
    ]);
  }
});

Deno.test("a message without an end is cut off", async () => {
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(0x61)),
  });
  const error = await assertRejects(() => Array.fromAsync(serverEvents(endless)), HorizonError);
  assertEquals(error.code, "bad_gateway");
});

Deno.test("events that are no events of a feed are garbage", async () => {
  for (const data of ["oops", "{}", '{"seq":"1"}']) {
    await using server = new TestServer(() => new Response(`data: ${data}\n\n`));
    const events = clientOf(server.url).events(0, new AbortController().signal);
    const error = await assertRejects(() => events.next(), HorizonError);
    assertEquals(error.code, "bad_gateway", data);
  }
});

Deno.test("a stream ends with its signal, and with the loop that reads it", async () => {
  let cancelled = 0;
  await using server = new TestServer(() => {
    const body = new ReadableStream({
      start: (controller) =>
        controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(EVENT)}\n\n`)),
      cancel: () => void cancelled++,
    });
    return new Response(body);
  });
  const stop = new AbortController();
  const events = clientOf(server.url).events(0, stop.signal);
  assertEquals((await events.next()).value?.seq, 7);
  const next = assertRejects(() => events.next(), HorizonError);
  stop.abort();
  assertEquals((await next).code, "interrupted");
  for await (const { seq } of clientOf(server.url).events(6, new AbortController().signal)) {
    assertEquals(seq, 7);
    break;
  }
  assertEquals(server.urls[1]?.searchParams.get("after"), "6");
});
