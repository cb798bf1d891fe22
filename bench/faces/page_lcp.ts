import puppeteer, { type Browser } from "puppeteer-core";
import { type Figure, paired } from "../figure.ts";
import { RawHttp } from "../raw_http.ts";
import { startListing, startRawServer } from "../registry_load.ts";

const CHROMIUM = Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium";
const GPUS = 10_000;
const ROUNDS = 9;

/** When the largest thing of the page of GPUs is on the screen, against the same text without style. */
export const figure: Figure = {
  group: "faces",
  name: "Largest Contentful Paint of the page with 10,000 GPUs / the same bytes, served raw",
  unit: "ms",
  aim: null,
  async measure() {
    if (!await Deno.stat(CHROMIUM).then(() => true, () => false)) {
      return { skipped: "Chromium isn't installed" };
    }
    const registry = await startListing(GPUS);
    const page = await (await RawHttp.connect(registry.url)).send(RawHttp.request("GET", "/"));
    const path = await Deno.makeTempFile();
    await Deno.writeTextFile(path, page.text());
    const raw = await startRawServer(path);
    const browser = await puppeteer.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox", "--disable-gpu"],
    });
    const measured = await paired(
      ROUNDS,
      () => paintOf(browser, registry.url),
      () => paintOf(browser, raw.url),
    );
    await browser.close();
    await raw.close();
    await registry.close();
    await Deno.remove(path);
    return { ...measured, ratio: measured.ours / measured.against, note: "headless, on loopback" };
  },
};

/** The last candidate of the browser's own measure, in a fresh context. */
async function paintOf(browser: Browser, url: URL): Promise<number> {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.goto(url.href, { waitUntil: "load" });
  const paint_ms = await page.evaluate(`new Promise((resolve) =>
    new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
      .observe({ type: "largest-contentful-paint", buffered: true }))`);
  await context.close();
  return Number(paint_ms);
}
