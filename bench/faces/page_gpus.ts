import { type Figure, paired } from "../figure.ts";
import { RawHttp } from "../raw_http.ts";
import { answersPerSecond, startListing, startRawServer } from "../registry_load.ts";

const GPUS = 10_000;
const CONNECTIONS = 16;
const REQUESTS = 250;
const ROUNDS = 5;
const MAX_PAGE_BYTES = 200 * 1024;

/** How long the page of GPUs takes a registry, against a server that does nothing. */
export const figure: Figure = {
  group: "faces",
  name: "the page with 10,000 GPUs, server time / raw Deno.serve of the same bytes",
  unit: "ms",
  aim: { op: "<=", value: 3 },
  async measure() {
    const registry = await startListing(GPUS);
    const request = RawHttp.request("GET", "/");
    const first = await RawHttp.connect(registry.url);
    const page = await first.send(request);
    if (page.size_bytes > MAX_PAGE_BYTES) throw new Error(`a page of ${page.size_bytes} bytes`);
    const path = await Deno.makeTempFile();
    await Deno.writeTextFile(path, page.text());
    const raw = await startRawServer(path);
    const connect = (url: URL) =>
      Promise.all(Array.from({ length: CONNECTIONS }, () => RawHttp.connect(url)));
    const [ours, theirs] = [await connect(registry.url), await connect(raw.url)];
    const each = async (connections: RawHttp[]) =>
      1000 / await answersPerSecond(connections, request, REQUESTS);
    const measured = await paired(ROUNDS, () => each(ours), () => each(theirs));
    const fresh_ms = await freshPage(first);
    for (const http of [first, ...ours, ...theirs]) http.close();
    await raw.close();
    await registry.close();
    await Deno.remove(path);
    const note = `a page of ${page.size_bytes} bytes, ${CONNECTIONS} connections; ` +
      `a page that isn't kept, filtered and written anew: ${fresh_ms.toFixed(1)} ms`;
    return { ...measured, ratio: measured.ours / measured.against, note };
  },
};

/** Mean milliseconds of a page that was never asked for before. */
async function freshPage(http: RawHttp): Promise<number> {
  const count = 100;
  const start_ms = performance.now();
  for (let i = 0; i < count; i++) {
    const { status } = await http.send(RawHttp.request("GET", `/?price=${500 + i}`));
    if (status !== 200) throw new Error(`the page answers ${status}`);
  }
  return (performance.now() - start_ms) / count;
}
