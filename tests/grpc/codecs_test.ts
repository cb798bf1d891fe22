import { assertEquals, assertThrows } from "@std/assert";
import { MARKET_OPERATIONS } from "../../src/registry/openapi/market_operations.ts";
import { NETWORK_OPERATIONS } from "../../src/registry/openapi/network_operations.ts";
import { type Codec, codecOf, type Message, ROOT } from "../../src/registry/grpc/codecs.ts";
import { MARKETPLACE } from "../../src/registry/grpc/marketplace.ts";
import { STREAMS, UNARY } from "../../src/registry/grpc/methods.ts";
import { Random } from "../random.ts";

const operations = new Map(
  [...MARKET_OPERATIONS, ...NETWORK_OPERATIONS].map((one) => [one.id, one]),
);

/** What a message says: without nulls, empty lists, and what a reader takes an absent field for. */
function said(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(said);
  if (typeof value !== "object" || value === null) return value;
  const given = Object.entries(value).filter(([, one]) =>
    one !== null && one !== false && one !== 0 && one !== "" &&
    !(Array.isArray(one) && one.length === 0)
  );
  return Object.fromEntries(given.map(([name, one]) => [name, said(one)]));
}

/** Writes and reads a message, defaults too. */
function throughWire(codec: Codec, message: Message): unknown {
  return codec.decode(codec.encode(message));
}

Deno.test("each method of the .proto file is answered, and no other", () => {
  const told = Object.keys(ROOT.lookupService(MARKETPLACE).methods);
  assertEquals(told.toSorted(), [...Object.keys(UNARY), ...Object.keys(STREAMS)].sort());
});

Deno.test("no read loses anything of its HTTP answer on the wire", () => {
  const { methods } = ROOT.lookupService(MARKETPLACE);
  let count = 0;
  for (const [name, method] of Object.entries(methods)) {
    const operation = operations.get(name[0]?.toLowerCase() + name.slice(1));
    const example = operation?.answers[0]?.example;
    if (example === undefined || method.responseStream) continue;
    const codec = codecOf(`horizon.v1.${method.responseType}`);
    assertEquals(said(throughWire(codec, example as Message)), said(example), name);
    count++;
  }
  assertEquals(count, 17);
});

Deno.test("bytes that are no message are refused, whatever they are", () => {
  const codec = codecOf("horizon.v1.ListGpusRequest");
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  for (let i = 0; i < 500; i++) {
    const bytes = random.bytes(random.below(64));
    try {
      codec.decode(bytes);
    } catch (thrown) {
      assertEquals(thrown instanceof Error, true);
    }
  }
  assertThrows(() => codec.decode(Uint8Array.of(0x0a, 0x7f)));
});
