import { HorizonError } from "../../base/errors.ts";
import type { MarketState } from "../../market/market.ts";
import { API_BASE } from "../../protocol/api.ts";
import { BlobPartQuery, type BlobStatus } from "../../protocol/blob.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { Sha256Hex } from "../../protocol/text.ts";
import type { OpenBlob } from "../../store/blobs.ts";
import { namedBlobs } from "../bundles.ts";
import { readParam, readQuery } from "../query.ts";
import { json } from "../respond.ts";
import type { App, Services } from "../services.ts";
import { requireParty } from "./job_party.ts";
import { findJob } from "./records.ts";

const NOTHING = new Uint8Array();

/** The private side-cars of jobs. */
export function blobRoutes(app: App, services: Services): void {
  const { sessions, sequencer, store: { blobs } } = services;

  app.put(`${API_BASE}/blobs/:sha256`, async (c) => {
    const { actor } = sessions.holder(c.req.header("authorization"));
    requireTrader(sequencer.state, actor);
    const name = { actor, sha256: readParam(c.req.param("sha256"), Sha256Hex, "invalid_input") };
    const source = c.req.raw.body ?? NOTHING;
    if (!new URL(c.req.url).search.includes("offset")) {
      return json(await blobs.put(source, { ...name, max_bytes: LIMITS.blob_bytes }));
    }
    const { offset, size } = readQuery(c.req.raw, BlobPartQuery);
    const progress = await blobs.add(source, { ...name, offset_bytes: offset, size_bytes: size });
    return json({ sha256: name.sha256, ...progress } satisfies BlobStatus);
  });

  app.get(`${API_BASE}/blobs/:sha256`, async (c) => {
    const { actor } = sessions.holder(c.req.header("authorization"));
    const sha256 = readParam(c.req.param("sha256"), Sha256Hex, "invalid_input");
    const progress = await blobs.progress({ sha256, actor });
    return json({ sha256, ...progress } satisfies BlobStatus);
  });

  app.get(`${API_BASE}/jobs/:job_id/blobs/:sha256`, async (c) => {
    const { actor } = sessions.holder(c.req.header("authorization"));
    const job = await findJob(c.req.param("job_id"), services);
    requireParty(job, actor);
    services.artefacts.requireKept(job);
    const sha256 = readParam(c.req.param("sha256"), Sha256Hex, "blob_not_found");
    if (!(await namedBlobs(job, blobs)).has(sha256)) {
      throw new HorizonError("blob_not_found", `${job.job_id} names no such blob.`);
    }
    const from_bytes = startOf(c.req.header("range"));
    return blobResponse(await blobs.get(sha256, from_bytes), from_bytes);
  });
}

/** The N of `Range: bytes=N-`, the one range that is honoured; else 0, which is all of it. */
function startOf(range: string | undefined): number {
  const from = /^bytes=(\d{1,12})-$/.exec(range ?? "")?.[1];
  return from === undefined ? 0 : Number(from);
}

/** The bytes of a blob from one on; a range that begins behind its end gives none. */
function blobResponse({ size_bytes, stream }: OpenBlob, from_bytes: number): Response {
  const length_bytes = Math.max(0, size_bytes - from_bytes);
  const headers = new Headers({
    "accept-ranges": "bytes",
    "cache-control": "no-store",
    "content-type": "application/octet-stream",
    "content-length": String(length_bytes),
  });
  if (from_bytes === 0) return new Response(stream, { headers });
  const isWithin = length_bytes > 0;
  const range = isWithin ? `${from_bytes}-${size_bytes - 1}` : "*";
  headers.set("content-range", `bytes ${range}/${size_bytes}`);
  return new Response(stream, { headers, status: isWithin ? 206 : 416 });
}

/** Keys cost nothing, so a quota for each would not protect the disk: a live lease is asked for. */
function requireTrader({ leases, live_leases }: MarketState, actor: string): void {
  if (live_leases.has(actor)) return;
  for (const lease_ids of live_leases.values()) {
    for (const lease_id of lease_ids) if (leases.get(lease_id)?.owner === actor) return;
  }
  throw new HorizonError("forbidden", "Only the two sides of a live lease can store blobs.", {
    fix: "Rent a GPU first.",
  });
}
