import { assertEquals } from "@std/assert";
import { IdMap } from "../../src/auction/id_map.ts";
import { CASES, forCases } from "./cases.ts";

Deno.test("the map of ids holds what a Map does while ids come and go", () => {
  forCases("id map", CASES / 100, (random) => {
    const ours = new IdMap();
    const map = new Map<number, number>();
    let last = 0;
    for (let i = 0; i < 3_000; i++) {
      if (random.below(5) < 3) {
        // Ids are given in order, but not every one gets a value.
        last += 1 + random.below(40);
        ours.add(last, last + 7);
        map.set(last, last + 7);
      } else {
        const id = [...map.keys()][0];
        if (id === undefined) continue;
        ours.remove(id);
        map.delete(id);
      }
      const id = random.below(last + 600);
      assertEquals(ours.get(id), map.get(id) ?? 0);
    }
    for (const [id, value] of map) assertEquals(ours.get(id), value);
  });
});
