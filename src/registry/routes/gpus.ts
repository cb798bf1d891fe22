import { findGpu, gpuView } from "../../market/market.ts";
import { API_BASE, GpuQuery } from "../../protocol/api.ts";
import { GpuId } from "../../protocol/text.ts";
import { readParam, readQuery } from "../query.ts";
import { json, jsonBody } from "../respond.ts";
import type { App, Services } from "../services.ts";

/** Longest query under which a page's bytes are kept. */
const MAX_KEY_CHARS = 512;

/** The listing of GPUs, from memory. */
export function gpuRoutes(app: App, { gpus, sequencer }: Services): void {
  app.get(`${API_BASE}/gpus`, (c) => {
    c.set("as_of_seq", gpus.as_of_seq);
    const { url } = c.req.raw;
    const key = url.slice(url.indexOf("?") + 1);
    const cached = gpus.cached(key);
    if (cached !== undefined) return jsonBody(cached);
    const page = gpus.page(readQuery(c.req.raw, GpuQuery));
    if (key.length <= MAX_KEY_CHARS) gpus.keep(key, page);
    return jsonBody(page);
  });

  app.get(`${API_BASE}/gpus/:gpu_id`, (c) => {
    const gpu_id = readParam(c.req.param("gpu_id"), GpuId, "gpu_not_found");
    const gpu = findGpu(sequencer.state, gpu_id);
    c.set("as_of_seq", gpus.as_of_seq);
    return json(gpuView(sequencer.state, gpu));
  });
}
