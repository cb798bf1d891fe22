import { API_BASE } from "../../src/protocol/api.ts";
import { type Figure, paired } from "../figure.ts";
import { RawHttp } from "../raw_http.ts";
import { answersPerSecond, startListing, startRawServer } from "../registry_load.ts";

const GPUS = 10_000;
const CONNECTIONS = 16;
const REQUESTS = 250;
const ROUNDS = 5;

/** How close a listing comes to a server that does nothing. */
export const figure: Figure = {
  group: "network",
  name: "GET /v1/gpus?limit=50 over 10,000 GPUs / raw Deno.serve of the same bytes",
  unit: "1/s",
  aim: { op: ">=", value: 0.6 },
  async measure() {
    const registry = await startListing(GPUS);
    const request = RawHttp.request("GET", `${API_BASE}/gpus?limit=50`);
    const page = await (await RawHttp.connect(registry.url)).send(request);
    const path = await Deno.makeTempFile();
    await Deno.writeTextFile(path, page.text());
    const raw = await startRawServer(path);
    const connect = (url: URL) =>
      Promise.all(Array.from({ length: CONNECTIONS }, () => RawHttp.connect(url)));
    const [ours, theirs] = [await connect(registry.url), await connect(raw.url)];
    const measured = await paired(
      ROUNDS,
      () => answersPerSecond(ours, request, REQUESTS),
      () => answersPerSecond(theirs, request, REQUESTS),
    );
    for (const http of [...ours, ...theirs]) http.close();
    await raw.close();
    await registry.close();
    await Deno.remove(path);
    const note = `a page of ${page.size_bytes} bytes, ${CONNECTIONS} connections`;
    return { ...measured, ratio: measured.ours / measured.against, note };
  },
};
