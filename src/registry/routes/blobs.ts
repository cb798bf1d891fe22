import { HorizonError } from "../../base/errors.ts";
import type { MarketState } from "../../market/market.ts";
import { API_BASE } from "../../protocol/api.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { Sha256Hex } from "../../protocol/text.ts";
import { namedBlobs } from "../bundles.ts";
import { readParam } from "../query.ts";
import { json } from "../respond.ts";
import type { App, Services } from "../services.ts";
import { requireParty } from "./job_party.ts";
import { findJob } from "./records.ts";

/** The private side-cars of jobs. */
export function blobRoutes(app: App, services: Services): void {
  const { sessions, sequencer, store: { blobs } } = services;

  app.put(`${API_BASE}/blobs/:sha256`, async (c) => {
    const { actor } = sessions.holder(c.req.header("authorization"));
    requireTrader(sequencer.state, actor);
    const sha256 = readParam(c.req.param("sha256"), Sha256Hex, "invalid_input");
    const promise = { sha256, actor, max_bytes: LIMITS.blob_bytes };
    return json(await blobs.put(c.req.raw.body ?? new Uint8Array(), promise));
  });

  app.get(`${API_BASE}/jobs/:job_id/blobs/:sha256`, async (c) => {
    const { actor } = sessions.holder(c.req.header("authorization"));
    const job = await findJob(c.req.param("job_id"), services);
    requireParty(job, actor);
    const sha256 = readParam(c.req.param("sha256"), Sha256Hex, "blob_not_found");
    if (!(await namedBlobs(job, blobs)).has(sha256)) {
      throw new HorizonError("blob_not_found", `${job.job_id} names no such blob.`);
    }
    const { size_bytes, stream } = await blobs.get(sha256);
    return new Response(stream, {
      headers: {
        "content-type": "application/octet-stream",
        "content-length": String(size_bytes),
        "cache-control": "no-store",
      },
    });
  });
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
