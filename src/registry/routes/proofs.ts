import { HorizonError } from "../../base/errors.ts";
import { API_BASE } from "../../protocol/api.ts";
import { ProofRecord, type ProofSummary } from "../../protocol/proof_record.ts";
import { GpuId } from "../../protocol/text.ts";
import { AnswerQuery, ProofsQuery } from "../../protocol/queries.ts";
import { validate } from "../../protocol/validate.ts";
import { readParam, readQuery } from "../query.ts";
import { json } from "../respond.ts";
import { settledArchive } from "../settled_archive.ts";
import type { App, Services } from "../services.ts";

const NOT_KEPT = "no-store";
/** An answer is named by its hash: whoever has it may keep it. */
const KEPT = "public, max-age=86400, immutable";

/** The public record of proofs: what the feed says, and the latest answer of each GPU's. */
export function proofRoutes(app: App, services: Services): void {
  const { sequencer, projector, store, answers } = services;

  const recordsOf = async (
    gpu_id: string,
    page: { before_seq: number | null; limit: number },
  ): Promise<ProofRecord[]> => {
    await settledArchive({ sequencer, projector });
    const rows = await store.archive.proofs(gpu_id, page);
    return rows.map((row) => validate(ProofRecord, row, "An archived proof", "data_corrupt"));
  };

  const latest = async (gpu_id: string): Promise<ProofRecord> => {
    const [record] = await recordsOf(gpu_id, { before_seq: null, limit: 1 });
    if (record !== undefined) return record;
    throw new HorizonError("proof_not_found", `No proof of a GPU ${gpu_id} is on record here.`);
  };

  app.get(`${API_BASE}/gpus/:gpu_id/proof`, async (c) => {
    return json(await latest(readParam(c.req.param("gpu_id"), GpuId, "gpu_not_found")));
  });

  app.get(`${API_BASE}/gpus/:gpu_id/proofs`, async (c) => {
    const gpu_id = readParam(c.req.param("gpu_id"), GpuId, "gpu_not_found");
    const { limit, cursor } = readQuery(c.req.raw, ProofsQuery);
    const found = await recordsOf(gpu_id, { before_seq: cursor ?? null, limit: limit + 1 });
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1)?.seq : undefined;
    const next_cursor = last === undefined ? null : String(last);
    return json({ proofs: shown.map(summary), next_cursor });
  });

  app.get(`${API_BASE}/gpus/:gpu_id/proof/answer`, async (c) => {
    const gpu_id = readParam(c.req.param("gpu_id"), GpuId, "gpu_not_found");
    const given = readQuery(c.req.raw, AnswerQuery).sha256;
    const sha256 = given ?? (await latest(gpu_id)).answer_sha256;
    const bytes = sha256 === null ? null : await answers.read(gpu_id, sha256);
    if (bytes === null) {
      throw new HorizonError("proof_not_found", `No such answer of ${gpu_id} is kept here.`, {
        fix: "Only the latest answer of a GPU is kept, and the latest that was no good.",
      });
    }
    return new Response(bytes, {
      headers: {
        "content-type": "application/octet-stream",
        "content-length": String(bytes.length),
        "cache-control": given === undefined ? NOT_KEPT : KEPT,
        etag: `"${sha256}"`,
      },
    });
  });
}

function summary({ proof: _said, ...rest }: ProofRecord): ProofSummary {
  return rest;
}
