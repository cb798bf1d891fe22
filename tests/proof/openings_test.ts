import { assert, assertEquals } from "@std/assert";
import {
  answerBytes,
  decodeOpenings,
  encodeOpenings,
  MAX_ANSWER_BYTES,
  type Openings,
} from "../../src/proof/openings.ts";
import { freshSeed, randomInteger, seededRandom } from "./seeded.ts";

const size = { m: 13, k: 16, n: 32, lanes: 320, steps: 1, sweeps: 5 };
const draw = { rows: [1, 4, 9], lanes: [3, 70, 300], sweeps: [0, 4] };
const counts = { rows: 3, lanes: 3, sweeps: 2 };

function openings(random = seededRandom(3)): Openings {
  const bytes = (length: number) => {
    const filled = new Uint8Array(length);
    random(filled);
    return filled;
  };
  return {
    rows: draw.rows.map((index) => ({
      index,
      row: bytes(4 * size.n),
      path: bytes(4 * 32),
      tag_paths: draw.sweeps.map(() => bytes(4 * 32)),
    })),
    lanes: draw.lanes.map((lane) => ({ lane, leaf: bytes(256), path: bytes(3 * 32) })),
  };
}

function refusal(answer: Uint8Array): string {
  const decoded = decodeOpenings(size, draw, answer);
  return decoded.ok ? "accepted" : decoded.code;
}

Deno.test("what is encoded decodes to the same rows and paths", () => {
  const given = openings();
  const bytes = encodeOpenings(size, given);
  assertEquals(bytes.length, answerBytes(size, counts));
  assertEquals(decodeOpenings(size, draw, bytes), { ok: true, openings: given });
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
      bytes[randomInteger(random, 0, 35)] = randomInteger(random, 0, 255);
    }
    const cut = bytes.subarray(0, randomInteger(random, 0, bytes.length));
    const decoded = decodeOpenings(size, draw, cut);
    if (!decoded.ok) continue;
    const { rows, lanes } = decoded.openings;
    assertEquals(rows.map((o) => o.index), draw.rows, `seed ${seed}`);
    assertEquals(lanes.map((o) => o.lane), draw.lanes, `seed ${seed}`);
    assert(rows.every((o) => o.row.length === 128 && o.path.length === 128));
    assert(lanes.every((o) => o.leaf.length === 256 && o.path.length === 96));
  }
});

Deno.test("an answer that opens another lane, or other numbers of anything, is refused", () => {
  const { rows, lanes } = openings();
  const other = lanes.map((opened, i) => i === 1 ? { ...opened, lane: 71 } : opened);
  assertEquals(refusal(encodeOpenings(size, { rows, lanes: other })), "other_lane");
  assertEquals(refusal(encodeOpenings(size, { rows, lanes: lanes.slice(1) })), "wrong_count");
  assertEquals(refusal(encodeOpenings(size, { rows: rows.slice(1), lanes })), "wrong_count");
});

Deno.test("the largest proof's answer is within the bound of what is read", () => {
  const largest = { m: 2 ** 25, k: 1024, n: 4096, lanes: 2 ** 27, steps: 2 ** 15, sweeps: 256 };
  const bytes = answerBytes(largest, { rows: 64, lanes: 64, sweeps: 8 });
  assert(bytes <= MAX_ANSWER_BYTES, `${bytes}`);
});
