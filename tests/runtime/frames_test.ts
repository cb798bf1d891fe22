import { assertEquals, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { encodeFrame, type Frame, FrameDecoder } from "../../src/runtime/frames.ts";
import { Random } from "../random.ts";
import { CHUNK_BYTES, chunksOf } from "../../src/runtime/messages.ts";

const LIMITS = { header_bytes: 100, body_bytes: 1000 };
const random = Random.fresh();

function concat(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

Deno.test(`frames survive any splitting of the stream (seed ${random.seed})`, () => {
  const below = (end: number) => random.below(end);
  for (let round = 0; round < 300; round++) {
    const frames: Frame[] = Array.from({ length: below(6) }, () => ({
      type: below(256),
      header: JSON.stringify("é".repeat(below(20))),
      body: Uint8Array.from({ length: below(3) === 0 ? 0 : below(1000) }, () => below(256)),
    }));
    const stream = concat(
      frames.map(({ type, header, body }) => encodeFrame(type, JSON.parse(header), body)),
    );
    const decoder = new FrameDecoder(LIMITS);
    const decoded: Frame[] = [];
    for (let at = 0; at < stream.length;) {
      const size = Math.min(below(below(2) === 0 ? 4 : 2000), stream.length - at);
      for (const frame of decoder.push(stream.slice(at, at + size))) decoded.push(frame);
      at += size;
    }
    decoder.end();
    assertEquals(decoded, frames);
  }
});

Deno.test("a stream cut anywhere inside a frame is refused at its end", () => {
  const frame = encodeFrame(7, { name: "x" }, new Uint8Array([1, 2, 3]));
  for (let cut = 1; cut < frame.length; cut++) {
    const decoder = new FrameDecoder(LIMITS);
    assertEquals([...decoder.push(frame.slice(0, cut))], []);
    assertThrows(() => decoder.end(), HorizonError, "ends inside a frame");
  }
});

Deno.test("a header or a body over its limit is refused before its bytes come", () => {
  const prefix = (header_bytes: number, body_bytes: number) => {
    const bytes = new Uint8Array(9);
    const view = new DataView(bytes.buffer);
    view.setUint32(1, header_bytes, true);
    view.setUint32(5, body_bytes, true);
    return bytes;
  };
  const push = (bytes: Uint8Array<ArrayBuffer>) => [...new FrameDecoder(LIMITS).push(bytes)];
  assertEquals(push(prefix(100, 1000)), []);
  for (const bytes of [prefix(101, 0), prefix(2 ** 32 - 1, 0), prefix(0, 1001)]) {
    const error = assertThrows(() => push(bytes), HorizonError);
    assertEquals(error.code, "invalid_input");
  }
});

Deno.test("a header that is not UTF-8 is refused", () => {
  const bytes = Uint8Array.of(7, 1, 0, 0, 0, 0, 0, 0, 0, 0xff);
  assertThrows(() => [...new FrameDecoder(LIMITS).push(bytes)], HorizonError, "UTF-8");
});

Deno.test("a blob is cut into pieces that make it up again, an empty one into one", () => {
  for (const size of [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]) {
    const pieces = [...chunksOf("x", new Uint8Array(size))];
    assertEquals(pieces.length, Math.max(1, Math.ceil(size / CHUNK_BYTES)));
    let at = 0;
    for (const { header, body } of pieces) {
      assertEquals(header, { name: "x", size_bytes: size, offset_bytes: at });
      at += body.length;
    }
    assertEquals(at, size);
  }
});
