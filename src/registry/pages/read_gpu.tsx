import { HorizonError } from "../../base/errors.ts";
import { findGpu, gpuView } from "../../market/market.ts";
import type { PriceBar } from "../../protocol/auction.ts";
import type { GpuView } from "../../protocol/gpu.ts";
import { nodeLabel } from "../../protocol/node_label.ts";
import { ProofRecord } from "../../protocol/proof_record.ts";
import { ActorId, GpuId } from "../../protocol/text.ts";
import { validate } from "../../protocol/validate.ts";
import * as z from "zod";
import { readParam, readQuery } from "../query.ts";
import type { Services } from "../services.ts";
import { settledArchive } from "../settled_archive.ts";
import { classOf, GpuPage } from "./gpu_page.tsx";
import { ownUrl } from "./own_url.ts";
import { htmlBytes, page } from "./show.ts";

/** How far the charts reach back. */
const MAX_PROOFS = 50;
const MAX_HOURS = 7 * 24;
const GpuPageQuery = z.strictObject({ home: ActorId.optional() });

/** The page of one GPU, of this registry or of the home that the query names. */
export async function gpuPage(given: string, request: Request, services: Services) {
  const gpu_id = readParam(given, GpuId, "gpu_not_found");
  const { home = services.node.id } = readQuery(request, GpuPageQuery);
  const isOwn = home === services.node.id;
  const gpu = isOwn ? ownGpu(gpu_id, services) : foreignGpu(gpu_id, home, services);
  const suffix = isOwn ? "" : `@${labelOf(home, services)}`;
  const proofs = isOwn ? await proofsOf(gpu_id, services) : null;
  const prices = await pricesOf(gpu, services);
  const url = await ownUrl(request, services);
  return page(
    await htmlBytes(
      <GpuPage gpu={gpu} suffix={suffix} url={url} proofs={proofs} prices={prices} />,
    ),
  );
}

function ownGpu(gpu_id: string, { sequencer: { state } }: Services): GpuView {
  return gpuView(state, findGpu(state, gpu_id));
}

function foreignGpu(gpu_id: string, home: string, { gpus }: Services): GpuView {
  const gpu = gpus.getAtHome(home, gpu_id);
  if (gpu !== undefined) return gpu;
  throw new HorizonError("gpu_not_found", `No GPU ${gpu_id} of that home is known here.`);
}

function labelOf(home: string, { federation }: Services): string {
  return nodeLabel(federation.link(home)?.entry ?? { node_id: home, alias: null });
}

/** The newest first. */
async function proofsOf(gpu_id: string, services: Services): Promise<ProofRecord[]> {
  await settledArchive(services);
  const asked = { before_seq: null, limit: MAX_PROOFS };
  const rows = await services.store.archive.proofs(gpu_id, asked);
  return rows.map((row) => validate(ProofRecord, row, "An archived proof", "data_corrupt"));
}

/** The newest hour first. */
async function pricesOf(gpu: GpuView, services: Services): Promise<PriceBar[]> {
  await settledArchive(services);
  return await services.store.archive.prices({ class: classOf(gpu), limit: MAX_HOURS });
}
