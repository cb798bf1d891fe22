import { assertEquals } from "@std/assert";
import { Heap } from "../../src/market/heap.ts";
import { Random } from "../random.ts";

Deno.test("a heap gives its items back in order, whatever the order of pushes, pops and sieves", () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  for (let round = 0; round < 200; round++) {
    const heap = new Heap<number>((a, b) => a < b);
    let plain: number[] = [];
    for (let step = 0; step < 100; step++) {
      if (random.below(20) === 0) {
        const least = random.below(20);
        heap.keep((item) => item >= least);
        plain = plain.filter((item) => item >= least);
      } else if (random.below(3) > 0) {
        const item = random.below(50);
        heap.push(item);
        plain.push(item);
        plain.sort((a, b) => a - b);
      } else {
        assertEquals(heap.peek(), plain[0]);
        assertEquals(heap.pop(), plain.shift());
      }
      assertEquals(heap.size, plain.length);
    }
  }
});
