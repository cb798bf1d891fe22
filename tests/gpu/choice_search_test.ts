import { assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { halfSpan, type MemorySpan, memorySpan, spanBytes } from "../../src/gpu/memory_span.ts";
import { tune } from "../../src/gpu/choice_search.ts";

interface Choice {
  size: 1 | 2 | 4;
  way: "a" | "b";
}
const CHOICES = { size: [1, 2, 4], way: ["a", "b"] } as const;

/** The choice that a search ends with, and all that it tried. */
async function search(rate: (choice: Choice) => number, trials = Infinity) {
  const tried: string[] = [];
  const best = await tune<Choice>({
    choices: CHOICES,
    rate: (choice) => {
      tried.push(`${choice.size}${choice.way}`);
      return Promise.resolve().then(() => rate(choice));
    },
    isTimeLeft: () => tried.length < trials,
  });
  return { best: `${best.size}${best.way}`, tried };
}

Deno.test("a search changes one part at a time and keeps what is faster", async () => {
  const { best, tried } = await search(({ size, way }) => size === 2 ? way === "b" ? 9 : 5 : 3);
  assertEquals([best, tried], ["2b", ["1a", "2a", "4a", "2b"]]);
  assertEquals((await search(() => 1)).best, "1a", "of equals the first");
});

Deno.test("a search stops when its time is up, and always tries the first choice", async () => {
  assertEquals(await search(({ size }) => size, 2), { best: "2a", tried: ["1a", "2a"] });
  assertEquals(await search(({ size }) => size, 0), { best: "1a", tried: ["1a"] });
});

Deno.test("what a driver refuses is passed over; a lost device, or the first refused, isn't", async () => {
  const refuse = (code: string): never => {
    throw new HorizonError(code, "refused");
  };
  const { best } = await search(({ size }) => size === 2 ? refuse("gpu_failed") : size);
  assertEquals(best, "4a");
  for (const [code, size] of [["device_lost", 4], ["gpu_failed", 1]] as const) {
    const error = await assertRejects(
      () => search((choice) => choice.size === size ? refuse(code) : 1),
      HorizonError,
    );
    assertEquals(error.code, code);
  }
});

Deno.test("memory is measured beyond every cache where there is enough of it", () => {
  const MIB = 2 ** 20;
  const hardware = (memory_gb: number | null) => ({ kind: "hardware" as const, memory_gb });
  const spans: [MemorySpan, number, number][] = [
    [memorySpan(hardware(null), 128 * MIB), 128, 4],
    [memorySpan(hardware(0), 1024 * MIB), 512, 1],
    [memorySpan(hardware(80), 1024 * MIB - 4), 512, 1],
    [memorySpan(hardware(2), 128 * MIB), 128, 1],
    [memorySpan(hardware(1), 128 * MIB), 64, 1],
    [memorySpan({ kind: "software", memory_gb: null }, 128 * MIB), 32, 1],
  ];
  for (const [{ buffer_bytes, pairs }, mib, count] of spans) {
    assertEquals([buffer_bytes / MIB, pairs], [mib, count]);
  }
});

Deno.test("a span halves down to 16 MiB and no further", () => {
  const sizes: number[] = [];
  const first: MemorySpan = { buffer_bytes: 2 ** 27, pairs: 4 };
  for (let span: MemorySpan | null = first; span !== null; span = halfSpan(span)) {
    sizes.push(spanBytes(span) / 2 ** 20);
  }
  assertEquals(sizes, [1024, 512, 256, 128, 64, 32, 16]);
});
