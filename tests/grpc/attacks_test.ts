import { assert, assertEquals } from "@std/assert";
import { LIMITS } from "../../src/protocol/limits.ts";
import { codecOf } from "../../src/registry/grpc/codecs.ts";
import { frameOf, messagesIn } from "../../src/registry/grpc/frames.ts";
import { timeoutOf } from "../../src/registry/grpc/deadline.ts";
import { STATUS } from "../../src/registry/grpc/status.ts";
import { Random } from "../random.ts";
import { FLAG, TYPE } from "../../src/registry/grpc/http2/frame.ts";
import { type GrpcRegistry, openGrpc } from "./grpc.ts";
import { RawClient } from "./raw_client.ts";

const GET_NODE = "/horizon.v1.Marketplace/GetNode";
const HEADERS = { "content-type": "application/grpc", te: "trailers" };
const EMPTY = frameOf(new Uint8Array());

/** Sends bytes as a call; its status, from the trailers or the headers. */
async function send(
  { listener }: GrpcRegistry,
  bytes: Uint8Array,
  { path = GET_NODE, headers = HEADERS }: { path?: string; headers?: Record<string, string> } = {},
): Promise<number> {
  await using client = await RawClient.connect(listener.port);
  client.headers(1, [[":method", "POST"], [":path", path], ...Object.entries(headers)]);
  client.frame(TYPE.data, FLAG.end_stream, 1, bytes.subarray(0, 16_384));
  for await (const told of client.heads(1)) {
    const status = told.get("grpc-status");
    if (status !== undefined) return Number(status);
  }
  return NaN;
}

function attack(name: string, fn: (served: GrpcRegistry) => Promise<void>): void {
  Deno.test(name, async () => {
    await using served = await openGrpc();
    await fn(served);
    // Whatever came, the next one is answered, and nothing is called our own fault.
    assertEquals(await send(served, EMPTY), STATUS.ok);
    assertEquals(served.failures, []);
  });
}

attack(
  "frames that are none, compressed ones and several at a time are refused",
  async (served) => {
    const length = (bytes: number) => Uint8Array.of(0, bytes >> 24, bytes >> 16, bytes >> 8, bytes);
    assertEquals(await send(served, new Uint8Array()), STATUS.invalid_argument);
    assertEquals(await send(served, Uint8Array.of(0, 0)), STATUS.invalid_argument);
    assertEquals(await send(served, length(100)), STATUS.invalid_argument);
    assertEquals(await send(served, Uint8Array.of(1, 0, 0, 0, 0)), STATUS.invalid_argument);
    assertEquals(await send(served, length(LIMITS.request_bytes + 1)), STATUS.resource_exhausted);
    assertEquals(await send(served, Uint8Array.of(...EMPTY, ...EMPTY)), STATUS.invalid_argument);
  },
);

attack("unknown methods and other content are refused", async (served) => {
  for (
    const path of ["/", "/x", "/horizon.v1.Marketplace/Steal", "/horizon.v1.Marketplace", "//"]
  ) {
    assertEquals(await send(served, EMPTY, { path }), STATUS.unimplemented, path);
  }
  for (const name of ["__proto__", "constructor", "toString"]) {
    const path = `/horizon.v1.Marketplace/${name}`;
    assertEquals(await send(served, EMPTY, { path }), STATUS.unimplemented, path);
  }
  const headers = { "content-type": "application/json" };
  assertEquals(await send(served, EMPTY, { headers }), STATUS.invalid_argument);
});

attack("random bytes as a message of any method end in a status", async (served) => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  for (const name of ["ListGpus", "GetGpu", "SubmitIntents", "OpenSession", "WatchEvents"]) {
    for (let i = 0; i < 10; i++) {
      const bytes = frameOf(random.bytes(random.below(200)));
      const headers = { ...HEADERS, "grpc-timeout": "50m" };
      const status = await send(served, bytes, {
        path: `/horizon.v1.Marketplace/${name}`,
        headers,
      });
      assert(status >= 0 && status !== STATUS.internal, `${name}: ${status}`);
    }
  }
});

attack("an id can't be another route's path", async (served) => {
  const path = "/horizon.v1.Marketplace/GetGpu";
  for (const gpu_id of ["", "..", "../node", "rig-1/proof", "x?all=true", "%2e%2e", "a\u202Eb"]) {
    const message = codecOf("horizon.v1.GetGpuRequest").encode({ gpu_id });
    const status = await send(served, frameOf(message), { path });
    assert(
      status === STATUS.not_found || status === STATUS.invalid_argument,
      `${gpu_id}: ${status}`,
    );
  }
});

Deno.test("messages come out of the stream as they went in, however it is cut", async () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  const messages = Array.from({ length: 40 }, () => random.bytes(random.below(300)));
  const bytes = Uint8Array.from(messages.flatMap((message) => [...frameOf(message)]));
  async function* chunks() {
    for (let at = 0; at < bytes.length;) {
      const next = at + 1 + random.below(90);
      yield await Promise.resolve(bytes.subarray(at, next));
      at = next;
    }
  }
  assertEquals(await Array.fromAsync(messagesIn(chunks(), 300)), messages);
});

Deno.test("a deadline is read in each unit, and nothing else is one", () => {
  assertEquals(timeoutOf(undefined), null);
  for (
    const [text, ms] of [["1H", 3_600_000], ["2M", 120_000], ["3S", 3_000], ["4m", 4]] as const
  ) {
    assertEquals(timeoutOf(text), ms);
  }
  assertEquals([timeoutOf("1500u"), timeoutOf("1n"), timeoutOf("99999999H")], [2, 1, 2 ** 31 - 1]);
  for (const text of ["", "1", "S", "-1S", "1.5S", "123456789S", "1 S"]) {
    let code = "";
    try {
      timeoutOf(text);
    } catch (thrown) {
      code = (thrown as { code: string }).code;
    }
    assertEquals(code, "invalid_input", text);
  }
});
