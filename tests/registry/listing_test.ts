import { assertEquals } from "@std/assert";
import { GpuPage, GpuQuery } from "../../src/protocol/api.ts";
import { compileFilter } from "../../src/protocol/filter.ts";
import type { GpuView } from "../../src/protocol/gpu.ts";
import { GpuIndex } from "../../src/registry/gpu_index.ts";
import { seeded } from "../base/seeded.ts";
import type { Random } from "../random.ts";
import { accepted, gpuBody, newActor, openTest, problemIn } from "./harness.ts";
import { gpuView } from "./views.ts";

const decoder = new TextDecoder();

function page(index: GpuIndex, query: Partial<Record<keyof GpuQuery, string>>): GpuPage {
  return GpuPage.parse(JSON.parse(decoder.decode(index.page(GpuQuery.parse(query)))));
}

/** The listing by its definition: filter, sort by value then id, nulls last. */
function reference(gpus: Map<string, GpuView>, where: string, sort: string): string[] {
  const field = sort.replace("-", "");
  const value = (gpu: GpuView) =>
    field === "price"
      ? gpu.price_micros_per_hour
      : field === "proven_gops"
      ? gpu.verdict?.figures.gops ?? null
      : field === "vram_gb"
      ? gpu.vram_gb
      : gpu.gpu_id;
  const accepts = compileFilter(where);
  return [...gpus.values()].filter((gpu) => gpu.available && accepts(gpu)).sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x !== y) {
      if (x === null) return 1;
      if (y === null) return -1;
      return (x < y) === sort.startsWith("-") ? 1 : -1;
    }
    return a.gpu_id < b.gpu_id ? -1 : 1;
  }).map(({ gpu_id }) => gpu_id);
}

function someGpu(random: Random): GpuView {
  return gpuView({
    gpu_id: `gpu-${random.below(60)}`,
    gpu_type: ["RTX 3090", "A100"][random.below(2)] ?? "",
    vram_gb: 8 * random.below(4),
    price_micros_per_hour: 1 + random.below(5),
    available: random.below(4) > 0,
    class: random.below(3) > 0 ? "RTX 3090" : null,
  });
}

Deno.test("the listing is the plain filter and sort, through any changes, and its pages join up", () => {
  const random = seeded("listing");
  const gpus = new Map<string, GpuView>();
  const index = new GpuIndex();
  const sorts = ["price", "-price", "vram_gb", "-proven_gops", "proven_gops", "gpu_id", "-gpu_id"];
  const filters = ["", "vram_gb>=16", "type~a100 price<0.000004", "class!=x"];
  for (let step = 0; step < 400; step++) {
    const gpu = someGpu(random);
    const gone = random.below(4) === 0;
    if (gone) gpus.delete(gpu.gpu_id);
    else gpus.set(gpu.gpu_id, gpu);
    index.set(gpu.gpu_id, gone ? null : gpu, step);
    if (random.below(3) > 0) continue;
    const sort = sorts[random.below(sorts.length)] ?? "price";
    const where = filters[random.below(filters.length)] ?? "";
    const limit = String(1 + random.below(20));
    const expected = reference(gpus, where, sort);
    const shown: string[] = [];
    let cursor: string | null = null;
    do {
      const next: GpuPage = page(index, {
        where,
        sort,
        limit,
        ...(cursor === null ? {} : { cursor }),
      });
      assertEquals(next.total, expected.length);
      shown.push(...next.gpus.map(({ gpu_id }) => gpu_id));
      cursor = next.next_cursor;
    } while (cursor !== null);
    assertEquals(shown, expected, `${where} by ${sort}`);
  }
});

Deno.test("a page goes on after its place even when the GPU at that place is gone", () => {
  const index = new GpuIndex();
  const make = (n: number) =>
    gpuView({
      gpu_id: `gpu-${n}`,
      gpu_type: "A100",
      vram_gb: 8,
      price_micros_per_hour: n,
      available: true,
      class: null,
    });
  for (let n = 1; n <= 4; n++) index.set(`gpu-${n}`, make(n), n);
  const first = page(index, { limit: "2" });
  index.set("gpu-2", null, 5);
  const second = page(index, { limit: "2", cursor: first.next_cursor ?? "" });
  assertEquals(second.gpus.map(({ gpu_id }) => gpu_id), ["gpu-3", "gpu-4"]);
});

Deno.test("over HTTP: what can be rented now, all the rest, and queries that are wrong", async () => {
  await using registry = await openTest();
  await accepted(registry, newActor(), "gpu.register", gpuBody("gpu-1"));
  const total = async (query: string) =>
    (await (await registry.fetch(`/v1/gpus${query}`)).json()).total;
  assertEquals(await total(""), 0);
  assertEquals(await total("?all=true"), 1);
  assertEquals(await total("?all=true&type=3090&where=price<0.31"), 1);
  assertEquals(await total("?all=true&where=price<0.3"), 0);
  await accepted(registry, newActor(), "gpu.register", gpuBody("gpu-2"));
  assertEquals(await total("?all=true"), 2, "a kept page does not outlive a change");
  const cases: [string, string][] = [
    ["?where=prce<1", "invalid_filter"],
    ["?sort=prce", "invalid_filter"],
    ["?wher=price<1", "invalid_input"],
    ["?limit=0", "invalid_input"],
    ["?limit=1001", "invalid_input"],
    ["?limit=5&limit=6", "invalid_input"],
    ["?cursor=x", "invalid_input"],
    ["?min_seq=-1", "invalid_input"],
  ];
  for (const [query, code] of cases) {
    const response = await registry.fetch(`/v1/gpus${query}`);
    assertEquals((await problemIn(response)).code, code, query);
  }
  assertEquals((await registry.fetch("/v1/gpus/gpu-9")).status, 404);
  assertEquals((await registry.fetch("/v1/gpus/..%2f..%2fetc")).status, 404);
});
