import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { openTest, type TestRegistry } from "../registry/harness.ts";

/** Debian's browser, else the one that the environment names. */
const CHROMIUM = Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium";
const TIMEOUT_MS = 20_000;

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
const hasBrowser = await isThere(CHROMIUM);

/** A registry behind a real port, with a browser that looks at it. */
export interface Looking {
  registry: TestRegistry;
  url: string;
  browser: Browser;
  /** Opens a page and waits until it is live; its complaints go to `complaints`. */
  open(path: string, looks?: Looks): Promise<Page>;
  /** What any page had to say on its console, or threw, or what its policy forbade. */
  complaints: string[];
  /** Takes the registry off its port, and puts it back. */
  leave(): Promise<void>;
  comeBack(): void;
}

/** How a page is looked at. */
export interface Looks {
  width?: number;
  height?: number;
  scheme?: "light" | "dark";
  /** Without scripts a page is never live. */
  scripts?: boolean;
}

/** A test in a real browser; without one it says that it skips. */
export function browserTest(name: string, fn: (looking: Looking) => Promise<void>): void {
  const why = hasBrowser ? "" : " (skipped: no Chromium)";
  // The browser's process and its socket are the library's own.
  const loose = { sanitizeOps: false, sanitizeResources: false };
  Deno.test({
    name: name + why,
    ignore: !hasBrowser,
    ...loose,
    fn: async () => {
      await using registry = await openTest();
      const browser = await puppeteer.launch({
        executablePath: CHROMIUM,
        args: ["--no-sandbox", "--disable-gpu"],
      });
      const { looking, end } = look(registry, browser);
      try {
        await fn(looking);
      } finally {
        await browser.close();
        await end();
      }
    },
  });
}

function look(
  registry: TestRegistry,
  browser: Browser,
): { looking: Looking; end(): Promise<void> } {
  let server = serve(registry, 0);
  const { port } = server.addr;
  const url = `http://127.0.0.1:${port}`;
  const complaints: string[] = [];
  const open = async (path: string, looks: Looks = {}) => {
    const { width = 1200, height = 900, scheme = "light", scripts = true } = looks;
    const page = await browser.newPage();
    page.setDefaultTimeout(TIMEOUT_MS);
    await page.setViewport({ width, height });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.setJavaScriptEnabled(scripts);
    page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (thrown) => complaints.push(`thrown: ${thrown}`));
    page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
    page.on("request", (request) => {
      const asked = request.url();
      if (!asked.startsWith(url) && !asked.startsWith("data:")) complaints.push(`asked: ${asked}`);
    });
    await page.goto(url + path, { waitUntil: "load" });
    if (scripts) {
      await page.waitForFunction("document.querySelector('#live').textContent === 'Live'");
    }
    return page;
  };
  const leave = async () => {
    registry.services.streams.endAll();
    await server.shutdown();
  };
  const comeBack = () => void (server = serve(registry, port));
  const end = async () => await leave();
  return { looking: { registry, url, browser, open, complaints, leave, comeBack }, end };
}

function serve(registry: TestRegistry, port: number): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ port, hostname: "127.0.0.1", onListen() {} }, ({ method, headers, url }) => {
    const { pathname, search } = new URL(url);
    return registry.fetch(pathname + search, { method, headers });
  });
}
