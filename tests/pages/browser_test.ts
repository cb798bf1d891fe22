import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import axe from "axe-core";
import type { Page } from "puppeteer-core";
import { GpuView } from "../../src/protocol/gpu.ts";
import { newBidder, passTime, placeBid, startAuction } from "../registry/auctions.ts";
import { accepted, listGpu, newActor, rentGpu } from "../registry/harness.ts";
import { gpuView } from "../registry/views.ts";
import { browserTest, type Looking, type Looks } from "./browser.ts";

/** Where to leave pictures for a person to look at; none are taken without it. */
const PICTURES = Deno.env.get("HORIZON_TEST_PICTURES");
const HOSTILE = `<img src=x onerror=alert(1)> \u202Egpj.exe \u001b[31m שלום`;

/** A market with something on every page. Returns the paths to look at. */
async function fill({ registry }: Looking): Promise<string[]> {
  const owner = newActor();
  for (let i = 1; i <= 12; i++) await listGpu(registry, owner, `rig-${i}`, 90_000 * i);
  await rentGpu(registry, newActor(), "rig-2");
  const home = newActor().id;
  const shown = { vram_gb: 80, price_micros_per_hour: 1_700_000, available: true, class: null };
  const view = gpuView({ gpu_id: "far-1", gpu_type: HOSTILE, ...shown });
  registry.services.gpus.setAtHome(home, "far-1", GpuView.parse({ ...view, gpu_type: "A", home }));
  registry.services.gpus.setAtHome(home, "far-1", { ...view, home });
  const auction_id = await startAuction(registry, owner, "rig-3", { format: "english" });
  for (const price of [200_000, 230_000, 260_000]) {
    await placeBid(registry, await newBidder(registry), "rig-3", price);
  }
  await startAuction(registry, owner, "rig-4");
  return [
    "/",
    "/?where=prize%3C1",
    "/gpus/rig-2",
    `/gpus/far-1?home=${home}`,
    "/auctions",
    `/auctions/${auction_id}`,
    "/network",
    "/health",
  ];
}

async function take(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  await Deno.mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
}

/** What an accessibility checker finds wrong: rule, place. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate("axe.run()") as axe.AxeResults;
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${impact} ${id} at ${target}: ${failureSummary}`)
  );
}

async function textOf(page: Page, selector: string): Promise<string> {
  return String(await page.evaluate(`document.querySelector('${selector}').textContent`));
}

const MANY_LOOKS: readonly (Looks & { name: string })[] = [
  { name: "wide-light", width: 1200, scheme: "light" },
  { name: "wide-dark", width: 1200, scheme: "dark" },
  { name: "narrow-light", width: 360, height: 740, scheme: "light" },
  { name: "narrow-dark", width: 360, height: 740, scheme: "dark" },
];

browserTest(
  "every page is without barriers, light and dark, and fits 360 pixels",
  async (looking) => {
    const paths = await fill(looking);
    for (const { name, ...looks } of MANY_LOOKS) {
      for (const [i, path] of paths.entries()) {
        const page = await looking.open(path, looks);
        assertEquals(await barriers(page), [], `${name} ${path}`);
        const over = await page.evaluate(
          "document.documentElement.scrollWidth - document.documentElement.clientWidth",
        );
        assertEquals(over, 0, `${name} ${path} is wider than the window`);
        await take(page, `${i}-${name}`);
        await page.close();
      }
    }
    // The page of the bad filter is a 400, which the console notes.
    const others = looking.complaints.filter((text) => !/status of 400/.test(text));
    assertEquals(others, []);
  },
);

browserTest(
  "a price that changes is shown without a reload, and the focus stays where it was",
  async (looking) => {
    const owner = newActor();
    await listGpu(looking.registry, owner, "rig-1", 300_000);
    const page = await looking.open("/");
    await page.focus('a[href="/gpus/rig-1"]');
    await page.evaluate("document.body.dataset.mark = 'same document'");
    const body = { gpu_id: "rig-1", price_micros_per_hour: 470_000 };
    await accepted(looking.registry, owner, "gpu.update", body);
    await page.waitForFunction("document.querySelector('tbody').textContent.includes('0.47')");
    assertEquals(await page.evaluate("document.body.dataset.mark"), "same document");
    assertEquals(await page.evaluate("document.activeElement.getAttribute('href')"), "/gpus/rig-1");
    assertEquals(looking.complaints, []);
  },
);

browserTest("bids come in and the close is counted down to, on an open page", async (looking) => {
  const { registry } = looking;
  const owner = newActor();
  await listGpu(registry, owner, "rig-1");
  const auction_id = await startAuction(registry, owner, "rig-1", { format: "english" });
  const page = await looking.open(`/auctions/${auction_id}`);
  await page.waitForFunction(
    "/^\\d+ s left$/.test(document.querySelector('[data-until]').textContent)",
  );
  assertStringIncludes(await textOf(page, '[data-part="bids"]'), "None yet.");
  const bid_id = await placeBid(registry, await newBidder(registry), "rig-1", 200_000);
  await page.waitForFunction(`document.querySelector('tbody')?.textContent.includes('${bid_id}')`);
  assertStringIncludes(await textOf(page, '[data-part="facts"]'), "$0.20 an hour");
  await passTime(registry, 11_000);
  await page.waitForFunction(
    "document.querySelector('[data-part=facts]').textContent.includes('cleared')",
  );
  assertStringIncludes(await textOf(page, '[data-part="facts"]'), "Winner");
  assertEquals(looking.complaints, []);
});

browserTest(
  "the list is filtered by keyboard alone, and the address and the way back keep it",
  async (looking) => {
    const owner = newActor();
    await listGpu(looking.registry, owner, "cheap", 100_000);
    await listGpu(looking.registry, owner, "dear", 900_000);
    const page = await looking.open("/");
    await page.keyboard.press("Tab");
    assertEquals(await page.evaluate("document.activeElement.className"), "skip");
    for (let i = 0; i < 7; i++) await page.keyboard.press("Tab");
    assertEquals(await page.evaluate("document.activeElement.name"), "price");
    await page.keyboard.type("0.5");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    assertStringIncludes(page.url(), "price=0.5");
    assertStringIncludes(await textOf(page, "tbody"), "cheap");
    assert(!(await textOf(page, "tbody")).includes("dear"));
    await page.goBack();
    assertStringIncludes(await textOf(page, "tbody"), "dear");
  },
);

browserTest(
  "without scripts the page shows all, filters and sorts, and offers no button that does nothing",
  async (looking) => {
    const owner = newActor();
    await listGpu(looking.registry, owner, "cheap", 100_000);
    await listGpu(looking.registry, owner, "dear", 900_000);
    const page = await looking.open("/", { scripts: false });
    await page.type('input[name="where"]', "price>0.5");
    await Promise.all([page.waitForNavigation(), page.click("form button")]);
    assertEquals((await textOf(page, "tbody")).includes("cheap"), false);
    await page.goto(`${looking.url}/gpus/dear`);
    const copy = await page.$(".copy");
    assertEquals(await copy?.isVisible(), false);
  },
);

browserTest("a command is copied by its button", async (looking) => {
  await listGpu(looking.registry, newActor(), "rig-1");
  await looking.browser.defaultBrowserContext().overridePermissions(looking.url, [
    "clipboard-read",
    "clipboard-write",
    "clipboard-sanitized-write",
  ]);
  const page = await looking.open("/gpus/rig-1");
  await page.bringToFront();
  await page.click(".copy");
  await page.waitForFunction("document.querySelector('.copy').textContent === 'Copied'");
  const copied = await page.evaluate("navigator.clipboard.readText()");
  assertEquals(copied, "horizon rent rig-1 --duration 1");
});

browserTest(
  "a page says that its registry is gone, and is live again when it is back",
  async (looking) => {
    const owner = newActor();
    await listGpu(looking.registry, owner, "rig-1", 300_000);
    const page = await looking.open("/");
    await looking.leave();
    await page.waitForFunction("document.querySelector('#live').textContent !== 'Live'");
    const body = { gpu_id: "rig-1", price_micros_per_hour: 520_000 };
    await accepted(looking.registry, owner, "gpu.update", body);
    looking.comeBack();
    await page.waitForFunction("document.querySelector('tbody').textContent.includes('0.52')");
    await page.waitForFunction("document.querySelector('#live').textContent === 'Live'");
  },
);

browserTest("a browser that goes away leaves no stream behind", async (looking) => {
  const { streams } = looking.registry.services;
  const pages = [await looking.open("/"), await looking.open("/auctions")];
  assertEquals(streams.size, 2);
  for (const page of pages) await page.close();
  // Nothing tells when a socket's end arrives here; a later answer of another page is after it.
  for (let i = 0; i < 200 && streams.size > 0; i++) await (await looking.open("/health")).close();
  assert(streams.size <= 1, `${streams.size} streams are open`);
});
