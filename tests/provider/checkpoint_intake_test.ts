import { assert, assertEquals } from "@std/assert";
import { CheckpointIntake, type Taken } from "../../src/provider/checkpoint_intake.ts";
import { chunksOf } from "../../src/runtime/messages.ts";
import { Random } from "../random.ts";

const MIB = 1024 * 1024;
const NAME = "checkpoint";

/** An intake of checkpoints of at most `max_mb`, `elapsed_ms` after its start. */
function intakeAt(max_mb: number) {
  const time = { elapsed_ms: 0 };
  const clock = { now: () => 0, monotonic: () => 1_000 + time.elapsed_ms };
  return { intake: new CheckpointIntake(max_mb, clock), time };
}

function send(intake: CheckpointIntake, bytes: Uint8Array<ArrayBuffer>): Taken {
  let taken: Taken = null;
  for (const { header, body } of chunksOf(NAME, bytes)) {
    assertEquals(taken, null);
    taken = intake.take(header, body);
  }
  return taken;
}

function kindOf(taken: Taken): string | null {
  return taken === null ? null : Object.keys(taken)[0] ?? null;
}

Deno.test("checkpoints come out as they went in, one after the other, an empty one too", () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  const { intake, time } = intakeAt(4);
  for (let i = 0; i < 20; i++) {
    const bytes = random.bytes(i === 7 ? 0 : random.below(3 * MIB));
    assertEquals(send(intake, bytes), { whole: bytes });
    time.elapsed_ms += 1_000;
  }
});

Deno.test("one over the limit is refused by its first piece, before anything is allocated", () => {
  const { intake } = intakeAt(1);
  const header = { name: NAME, size_bytes: 2 ** 50, offset_bytes: 0 };
  assertEquals(kindOf(intake.take(header, new Uint8Array(1))), "over");
});

Deno.test("more than one a second of the largest is a flood, and so are those never finished", () => {
  for (const isWhole of [true, false]) {
    const { intake, time } = intakeAt(1);
    const bytes = new Uint8Array(MIB);
    const begin = () =>
      intake.take(
        { name: NAME, size_bytes: MIB, offset_bytes: 0 },
        isWhole ? bytes : bytes.subarray(0, 1),
      );
    const next = isWhole ? "whole" : null;
    assertEquals([kindOf(begin()), kindOf(begin()), kindOf(begin())], [next, next, "over"]);
    time.elapsed_ms = 2_000;
    assertEquals([kindOf(begin()), kindOf(begin())], [next, "over"]);
  }
});

Deno.test("empty checkpoints without end are a flood too", () => {
  const { intake } = intakeAt(1);
  let count = 0;
  while (kindOf(send(intake, new Uint8Array(0))) === "whole") count++;
  assertEquals(count, 2 * MIB);
});

Deno.test("pieces that do not fit together end it", () => {
  const piece = (size_bytes: number, offset_bytes: number, length: number) =>
    [{ name: NAME, size_bytes, offset_bytes }, new Uint8Array(length)] as const;
  const broken = [
    [piece(4, 1, 1)],
    [piece(4, 0, 2), piece(4, 3, 1)],
    [piece(4, 0, 2), piece(5, 2, 2)],
    [piece(4, 0, 2), piece(4, 2, 3)],
    [piece(4, 0, 5)],
    [piece(1, 0, 1), piece(1, 1, 0)],
  ];
  for (const pieces of broken) {
    const { intake } = intakeAt(1);
    const taken = pieces.map(([header, body]) => kindOf(intake.take(header, body)));
    assertEquals(taken.at(-1), "broken", JSON.stringify(pieces.map(([header]) => header)));
    assert(taken.slice(0, -1).every((kind) => kind !== "broken"));
  }
});
