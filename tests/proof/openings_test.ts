import { assert, assertEquals } from "@std/assert";
import {
  answerBytes,
  decodeOpenings,
  encodeOpenings,
  MAX_ANSWER_BYTES,
} from "../../src/proof/openings.ts";
import { freshSeed, randomInteger, seededRandom } from "./seeded.ts";

const size = { m: 16, k: 16, n: 32 };
const indices = [1, 4, 9];

function openings(random = seededRandom(3)) {
  return indices.map((index) => {
    const row = new Uint8Array(4 * size.n);
    const path = new Uint8Array(4 * 32);
    random(row);
    random(path);
    return { index, row, path };
  });
}

function refusal(answer: Uint8Array): string {
  const decoded = decodeOpenings(size, indices, answer);
  return decoded.ok ? "accepted" : decoded.code;
}

Deno.test("what is encoded decodes to the same rows and paths", () => {
  const given = openings();
  const bytes = encodeOpenings(size, given);
  assertEquals(bytes.length, answerBytes(size, indices.length));
  assertEquals(decodeOpenings(size, indices, bytes), { ok: true, openings: given });
});

Deno.test("an answer decodes from the middle of a larger buffer", () => {
  const bytes = encodeOpenings(size, openings());
  const larger = new Uint8Array(bytes.length + 9);
  larger.set(bytes, 3);
  assertEquals(refusal(larger.subarray(3, 3 + bytes.length)), "accepted");
});

Deno.test("an answer cut at any length is truncated, and a longer one is oversized", () => {
  const bytes = encodeOpenings(size, openings());
  for (let length = 0; length < bytes.length; length++) {
    assertEquals(refusal(bytes.subarray(0, length)), "truncated");
  }
  assertEquals(refusal(new Uint8Array([...bytes, 0])), "oversized");
  const huge = new Uint8Array(bytes.length * 4);
  huge.set(bytes);
  assertEquals(refusal(huge), "oversized");
});

Deno.test("no random change of the framing makes the decoder throw or read beyond its input", () => {
  const seed = freshSeed("openings");
  const random = seededRandom(seed);
  for (let i = 0; i < 2000; i++) {
    const bytes = encodeOpenings(size, openings(random));
    for (let j = randomInteger(random, 1, 4); j > 0; j--) {
      bytes[randomInteger(random, 0, 19)] = randomInteger(random, 0, 255);
    }
    const cut = bytes.subarray(0, randomInteger(random, 0, bytes.length));
    const decoded = decodeOpenings(size, indices, cut);
    if (!decoded.ok) continue;
    assertEquals(decoded.openings.map((o) => o.index), indices, `seed ${seed}`);
    assert(decoded.openings.every((o) => o.row.length === 128 && o.path.length === 128));
  }
});

Deno.test("the longest answer is that of the largest profile: a little over a megabyte", () => {
  assertEquals(MAX_ANSWER_BYTES, 16 + 64 * (4 + 16_384 + 18 * 32));
});
