import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { GpuView } from "../../src/protocol/gpu.ts";
import { nodeLabel } from "../../src/protocol/node_label.ts";
import { newBidder, passTime, placeBid, sealBid, startAuction } from "../registry/auctions.ts";
import {
  accepted,
  gpuBody,
  listGpu,
  newActor,
  openTest,
  rentGpu,
  type TestRegistry,
} from "../registry/harness.ts";
import { gpuView } from "../registry/views.ts";

const HTML = { headers: { accept: "text/html,*/*" } };

async function read(registry: TestRegistry, path: string, status = 200): Promise<string> {
  const response = await registry.fetch(path, HTML);
  const text = await response.text();
  assertEquals(response.status, status, `${path}: ${text}`);
  assertEquals(response.headers.get("content-type"), "text/html; charset=utf-8");
  return text;
}

/** The ids of the GPUs in the page's table, in order. */
function rowsOf(html: string): string[] {
  return [...html.matchAll(/<td><a href="\/gpus\/[^"]*">([^<]*)<\/a>/g)].map(([, id = ""]) => id);
}

Deno.test("the list shows each GPU with its price, proof and state, and the address filters and sorts it", async () => {
  await using registry = await openTest();
  const owner = newActor();
  await listGpu(registry, owner, "cheap", 100_000);
  await listGpu(registry, owner, "dear", 900_000);
  await accepted(registry, owner, "gpu.register", gpuBody("unproven", 50_000, "RTX 4090"));
  assertEquals(rowsOf(await read(registry, "/")), ["unproven", "cheap", "dear"]);
  assertEquals(rowsOf(await read(registry, "/?sort=-price")), ["dear", "cheap", "unproven"]);
  assertEquals(rowsOf(await read(registry, "/?free=on")), ["cheap", "dear"]);
  assertEquals(rowsOf(await read(registry, "/?type=4090&verdict=&price=")), ["unproven"]);
  assertEquals(rowsOf(await read(registry, "/?price=0.5&vram_gb=24&verdict=verified")), ["cheap"]);
  assertEquals(rowsOf(await read(registry, "/?where=price%3E0.5")), ["dear"]);
  const page = await read(registry, "/?sort=-price&type=3090");
  assertMatch(
    page,
    /<th class="number" aria-sort="descending"><a href="\/\?sort=price&amp;type=3090"/,
  );
  assertStringIncludes(page, '<input name="type" value="3090"');
});

Deno.test("a filter that can't be read is told of on the page, and its form keeps what was typed", async () => {
  await using registry = await openTest();
  for (
    const [query, told] of [["where=prize%3C1", "prize"], ["sort=%3Cb%3E", "invalid"]] as const
  ) {
    const page = await read(registry, `/?${query}`, 400);
    assertMatch(page, /<div class="alert" role="alert">/);
    assertStringIncludes(page, told);
    assert(!page.includes("<b>"));
  }
  assertStringIncludes(await read(registry, "/?where=prize%3C1", 400), 'value="prize&lt;1"');
  assertStringIncludes(await read(registry, "/?nonsense=1", 400), "nonsense");
  assertStringIncludes(await read(registry, "/?cursor=nonsense", 400), "cursor");
});

Deno.test("a long list goes on from page to page and shows each GPU once", async () => {
  await using registry = await openTest();
  const owner = newActor();
  const ids = Array.from({ length: 60 }, (_, i) => `gpu-${String(i).padStart(2, "0")}`);
  for (const gpu_id of ids) await accepted(registry, owner, "gpu.register", gpuBody(gpu_id));
  const first = await read(registry, "/?sort=gpu_id");
  const [, next = ""] = /<a href="([^"]*cursor=[^"]*)">Next page/.exec(first) ?? [];
  const second = await read(registry, next.replaceAll("&amp;", "&"));
  assertEquals([...rowsOf(first), ...rowsOf(second)], ids);
  assert(!second.includes("Next page"));
});

Deno.test("a kept page is forgotten as soon as a GPU changes", async () => {
  await using registry = await openTest();
  const owner = newActor();
  await listGpu(registry, owner, "rig-1", 300_000);
  assertStringIncludes(await read(registry, "/"), "0.30");
  assertStringIncludes(await read(registry, "/"), "0.30");
  await accepted(registry, owner, "gpu.update", {
    gpu_id: "rig-1",
    price_micros_per_hour: 410_000,
  });
  assertStringIncludes(await read(registry, "/"), "0.41");
});

Deno.test("a GPU's page has its proof, its figures, what leases of its class cost, and the command to rent it", async () => {
  await using registry = await openTest();
  await listGpu(registry, newActor(), "rig-1");
  const free = await read(registry, "/gpus/rig-1");
  assertStringIncludes(free, "horizon rent rig-1 --duration 1");
  assertStringIncludes(free, "4096 × 4096 × 4096 in 11 ms");
  assertStringIncludes(free, "horizon config --set registry http://registry");
  await rentGpu(registry, newActor(), "rig-1");
  const leased = await read(registry, "/gpus/rig-1");
  assertStringIncludes(leased, "leased</span>");
  assertStringIncludes(leased, "horizon bid rig-1 --price 0.30");
  assertMatch(leased, /aria-label="Dollars an hour paid for RTX 3090: \$0\.30 at /);
});

Deno.test("a GPU of another home is shown with its home, and named with it in commands", async () => {
  await using registry = await openTest();
  const shown = { gpu_type: "RTX 3090", vram_gb: 24, price_micros_per_hour: 1, available: true };
  const home = newActor().id;
  const view = GpuView.parse({ ...gpuView({ gpu_id: "far", ...shown, class: null }), home });
  registry.services.gpus.setAtHome(home, "far", view);
  const label = nodeLabel({ node_id: home, alias: null });
  assertStringIncludes(await read(registry, "/"), `<td class="wide">${label}</td>`);
  const page = await read(registry, `/gpus/far?home=${home}`);
  assertStringIncludes(page, `horizon rent far@${label} --duration 1`);
  assertStringIncludes(await read(registry, "/gpus/far", 404), "gpu_not_found");
});

Deno.test("auctions are listed, and each shows its bids, sealed until the close", async () => {
  await using registry = await openTest();
  const owner = newActor();
  for (const gpu_id of ["rig-1", "rig-2"]) await listGpu(registry, owner, gpu_id);
  assertStringIncludes(await read(registry, "/auctions"), "None now.");
  const sealed_id = await startAuction(registry, owner, "rig-1");
  const open_id = await startAuction(registry, owner, "rig-2", { format: "english" });
  const sealed_bid = await sealBid(registry, await newBidder(registry), sealed_id, 250_000);
  const open_bid = await placeBid(registry, await newBidder(registry), "rig-2", 200_000);
  const list = await read(registry, "/auctions");
  for (const id of [sealed_id, open_id]) assertStringIncludes(list, `href="/auctions/${id}"`);
  assertMatch(list, /data-until="\d+"/);
  const sealed = await read(registry, `/auctions/${sealed_id}`);
  assertStringIncludes(sealed, `<td>${sealed_bid}</td>`);
  assert(!sealed.includes("0.25"), "a sealed price is shown");
  const open = await read(registry, `/auctions/${open_id}`);
  assertStringIncludes(open, `<td>${open_bid}</td>`);
  assertStringIncludes(open, "horizon bid rig-2 --price 0.202");
  await passTime(registry, 11_000);
  assertStringIncludes(await read(registry, `/auctions/${sealed_id}`), "0.25");
  assertStringIncludes(await read(registry, "/auctions"), "cleared</span>");
  assertStringIncludes(await read(registry, "/auctions/auction_999", 404), "auction_not_found");
});

Deno.test("the network and the registry's own health have their pages", async () => {
  await using registry = await openTest();
  await listGpu(registry, newActor(), "rig-1");
  const network = await read(registry, "/network");
  assertStringIncludes(network, registry.node.id);
  assertStringIncludes(network, "horizon network connect http://registry");
  const health = await read(registry, "/health");
  assertStringIncludes(health, "1 listed");
  assertMatch(health, /Events<\/dt><dd>\d+ durable, 0 on their way/);
});

Deno.test("whoever asks for HTML is told of errors in HTML, and programs in problem documents", async () => {
  await using registry = await openTest();
  assertStringIncludes(await read(registry, "/no/such/<page>", 404), "There is no such path.");
  const response = await registry.fetch("/no/such/page");
  assertEquals(response.headers.get("content-type"), "application/problem+json");
  assertEquals((await response.json()).code, "not_found");
  const posted = await registry.fetch("/", { method: "POST" });
  assertEquals([posted.status, posted.headers.get("allow")], [405, "GET"]);
  await posted.body?.cancel();
});

Deno.test("pages load nothing but this registry's own files, which may be kept for ever", async () => {
  await using registry = await openTest();
  const response = await registry.fetch("/", HTML);
  const policy = response.headers.get("content-security-policy") ?? "";
  assertMatch(policy, /^default-src 'none'; /);
  assert(!policy.includes("unsafe"), policy);
  const page = await response.text();
  const loaded = [...page.matchAll(/(?:src|href)="([^"]*\/assets\/[^"]*)"/g)];
  assertEquals(loaded.length, 5);
  for (const [, path = ""] of loaded) {
    const asset = await registry.fetch(path);
    assertEquals(asset.status, 200, path);
    assertMatch(asset.headers.get("cache-control") ?? "", /immutable/);
    await asset.body?.cancel();
  }
  assertEquals([...page.matchAll(/ style=| on[a-z]+=|<script>|https?:\/\//g)], []);
});

Deno.test("texts of others are shown harmlessly: no markup, no control character, no turned direction", async () => {
  await using registry = await openTest();
  const shown = { vram_gb: 24, price_micros_per_hour: 1, available: true, class: null };
  const evil = `<img src=x onerror=alert(1)>"'&\u202Egpj.exe\u0007\u001b[31m`;
  const view = gpuView({ gpu_id: "far", gpu_type: evil, ...shown });
  const home = newActor().id;
  registry.services.gpus.setAtHome(home, "far", { ...view, home });
  for (const path of ["/", `/gpus/far?home=${home}`, `/?type=${encodeURIComponent(evil)}`]) {
    const page = await (await registry.fetch(path, HTML)).text();
    assert(!page.includes("<img"), path);
    assert(!/[^\P{Cc}\n\t]|\p{Cf}/u.test(page), path);
    assertStringIncludes(page, "&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;·gpj.exe··[31m");
  }
});
