import { assert, assertEquals, assertThrows } from "@std/assert";
import { CODE, ConnectionError } from "../../src/registry/grpc/http2/errors.ts";
import { encodeFrame, FLAG, PREFACE, TYPE, uint32 } from "../../src/registry/grpc/http2/frame.ts";
import { encodeHeaders, type Header, HeaderDecoder } from "../../src/registry/grpc/http2/hpack.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { frameOf } from "../../src/registry/grpc/frames.ts";
import { Random } from "../random.ts";
import { type GrpcRegistry, openGrpc } from "./grpc.ts";
import { RawClient } from "./raw_client.ts";

const REQUEST: readonly Header[] = [
  [":method", "POST"],
  [":path", "/horizon.v1.Marketplace/GetNode"],
  ["content-type", "application/grpc"],
];
const EMPTY = frameOf(new Uint8Array());

/** Makes a good call on a connection; whether it is answered. */
async function isAnswered(client: RawClient, stream_id: number): Promise<boolean> {
  client.headers(stream_id, REQUEST);
  client.frame(TYPE.data, FLAG.end_stream, stream_id, EMPTY);
  for await (const head of client.heads(stream_id)) {
    if (head.get("grpc-status") === "0") return true;
  }
  return false;
}

function http2Test(name: string, fn: (served: GrpcRegistry) => Promise<void>): void {
  Deno.test(name, async () => {
    await using served = await openGrpc();
    await fn(served);
    await using next = await RawClient.connect(served.listener.port);
    assert(await isAnswered(next, 1), "the next client is not answered");
    assertEquals(served.failures, []);
  });
}

Deno.test("header blocks are read as the standard's own examples have them", () => {
  // RFC 7541, C.4: three requests with Huffman codes, on one table.
  const decoder = new HeaderDecoder(16_384);
  const first: Header[] = [
    [":method", "GET"],
    [":scheme", "http"],
    [":path", "/"],
    [":authority", "www.example.com"],
  ];
  const read = (hex: string) => decoder.decode(Uint8Array.fromHex(hex));
  assertEquals(read("828684418cf1e3c2e5f23a6ba0ab90f4ff"), first);
  assertEquals(read("828684be5886a8eb10649cbf"), [...first, ["cache-control", "no-cache"]]);
  assertEquals(read("828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"), [
    [":method", "GET"],
    [":scheme", "https"],
    [":path", "/index.html"],
    [":authority", "www.example.com"],
    ["custom-key", "custom-value"],
  ]);
});

Deno.test("header blocks come out as they went in, and random bytes are refused or read", () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  for (let i = 0; i < 300; i++) {
    const text = () => random.bytes(random.below(40)).toHex();
    const headers = Array.from({ length: random.below(12) }, (): Header => [text(), text()]);
    assertEquals(new HeaderDecoder(1 << 16).decode(encodeHeaders(headers)), headers);
    try {
      new HeaderDecoder(4096).decode(random.bytes(random.below(200)));
    } catch (thrown) {
      assert(thrown instanceof ConnectionError, String(thrown));
    }
  }
});

Deno.test("a small block can't unfold into headers beyond the limit", () => {
  const decoder = new HeaderDecoder(16_384);
  decoder.decode(Uint8Array.of(0x40, 1, 97, 0x7f, 0x80, 0x1e, ...new Uint8Array(3967).fill(98)));
  // Each byte names the long entry again.
  assertThrows(() => decoder.decode(new Uint8Array(1000).fill(0xbe)), ConnectionError);
});

http2Test("what isn't HTTP/2 is turned away", async ({ listener }) => {
  for (const text of ["GET / HTTP/1.1\r\nhost: x\r\n\r\n", "\x16\x03\x01\x02\x00"]) {
    await using client = await RawClient.connect(listener.port, new TextEncoder().encode(text));
    assertEquals(await client.goodbye(), CODE.protocol);
  }
});

http2Test(
  "frames against the rules end their connection with the code for it",
  async ({ listener }) => {
    const cases: [number, (client: RawClient) => void][] = [
      [
        CODE.frame_size,
        (client) => client.bytes(Uint8Array.of(0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1)),
      ],
      [CODE.frame_size, (client) => client.frame(TYPE.ping, 0, 0, new Uint8Array(7))],
      [CODE.frame_size, (client) => client.frame(TYPE.settings, 0, 0, new Uint8Array(5))],
      [CODE.protocol, (client) => client.frame(TYPE.data, 0, 1, EMPTY)],
      [CODE.protocol, (client) => client.frame(TYPE.data, 0, 0, EMPTY)],
      [CODE.protocol, (client) => client.headers(2, REQUEST)],
      [CODE.protocol, (client) => client.frame(TYPE.rst_stream, 0, 9, uint32(8))],
      [CODE.protocol, (client) => client.frame(TYPE.push_promise, 0, 1, uint32(2))],
      [CODE.protocol, (client) => client.frame(TYPE.continuation, FLAG.end_headers, 1)],
      [CODE.protocol, (client) => {
        client.frame(TYPE.headers, 0, 1, encodeHeaders(REQUEST));
        client.frame(TYPE.ping, 0, 0, new Uint8Array(8));
      }],
      [
        CODE.compression,
        (client) => client.frame(TYPE.headers, FLAG.end_headers, 1, Uint8Array.of(0xff)),
      ],
      [CODE.flow_control, (client) => client.frame(TYPE.window_update, 0, 0, uint32(0x7fff_ffff))],
      [
        CODE.flow_control,
        (client) => client.frame(TYPE.settings, 0, 0, Uint8Array.of(0, 4, 0xff, 0xff, 0xff, 0xff)),
      ],
    ];
    for (const [i, [code, attack]] of cases.entries()) {
      await using client = await RawClient.connect(listener.port);
      attack(client);
      assertEquals(await client.goodbye(), code, `case ${i}`);
    }
  },
);

http2Test("floods of frames that bring nothing end their connection", async ({ listener }) => {
  const floods: ((client: RawClient, i: number) => void)[] = [
    (client) => client.frame(TYPE.ping, 0, 0, new Uint8Array(8)),
    (client) => client.frame(TYPE.settings, 0, 0),
    (client) => client.frame(TYPE.priority, 0, 1, new Uint8Array(5)),
    (client, i) => {
      client.headers(2 * i + 1, REQUEST);
      client.frame(TYPE.rst_stream, 0, 2 * i + 1, uint32(CODE.cancel));
    },
  ];
  for (const [n, flood] of floods.entries()) {
    await using client = await RawClient.connect(listener.port);
    for (let i = 0; i < 6_000; i++) flood(client, i);
    assertEquals(await client.goodbye(), CODE.enhance_your_calm, `flood ${n}`);
  }
});

http2Test(
  "headers without an end, and too many streams, cost only who sends them",
  async ({ listener }) => {
    await using endless = await RawClient.connect(listener.port);
    endless.frame(TYPE.headers, 0, 1, new Uint8Array(100));
    for (let i = 0; i < 4; i++) endless.frame(TYPE.continuation, 0, 1, new Uint8Array(10_000));
    assertEquals(await endless.goodbye(), CODE.enhance_your_calm);
    await using many = await RawClient.connect(listener.port);
    const count = LIMITS.grpc_calls_per_connection + 5;
    for (let i = 0; i < count; i++) many.headers(2 * i + 1, REQUEST);
    const refused: number[] = [];
    for await (const { type, stream_id, payload } of many.frames()) {
      if (type !== TYPE.rst_stream) continue;
      assertEquals([...payload], [...uint32(CODE.refused_stream)]);
      if (refused.push(stream_id) === 5) break;
    }
    assertEquals(refused[0], 2 * LIMITS.grpc_calls_per_connection + 1);
  },
);

http2Test(
  "data beyond the window ends the connection, and a closed window keeps an answer back",
  async ({ listener }) => {
    await using greedy = await RawClient.connect(listener.port);
    greedy.headers(1, REQUEST);
    greedy.headers(3, REQUEST);
    // A call that nobody reads any more gives nothing back.
    greedy.frame(TYPE.data, 0, 1, new Uint8Array([1, 0, 0, 0, 0]));
    for (let i = 0; i < 12; i++) {
      greedy.frame(
        TYPE.data,
        0,
        3,
        frameOf(new Uint8Array(16_000)).subarray(0, 16_000),
      );
    }
    await using narrow = await RawClient.connect(
      listener.port,
      Uint8Array.of(
        ...PREFACE,
        ...encodeFrame(TYPE.settings, 0, 0, Uint8Array.of(0, 4, 0, 0, 0, 3)),
      ),
    );
    narrow.headers(1, REQUEST);
    narrow.frame(TYPE.data, FLAG.end_stream, 1, EMPTY);
    const parts: number[] = [];
    for await (const { type, payload, flags, stream_id } of narrow.frames()) {
      if (stream_id !== 1) continue;
      if (type === TYPE.headers && (flags & FLAG.end_stream) !== 0) break;
      if (type !== TYPE.data) continue;
      parts.push(payload.length);
      narrow.frame(TYPE.window_update, 0, 1, uint32(parts.length === 1 ? 10 : 10_000));
    }
    assertEquals(parts.slice(0, 2), [3, 10]);
  },
);

http2Test("random frames after a good start never stop the server", async ({ listener }) => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  for (let i = 0; i < 60; i++) {
    await using client = await RawClient.connect(listener.port);
    client.headers(1, REQUEST);
    for (let n = 0; n < 30; n++) {
      const payload = random.bytes(random.below(60));
      client.frame(random.below(11), random.below(256), random.below(6), payload);
    }
  }
});
