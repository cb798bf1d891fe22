import { HorizonError } from "../../base/errors.ts";
import type { EventDraft } from "../../protocol/feed.ts";
import type { IntentBody } from "../../protocol/intent.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { type Ask, findJob } from "./ask.ts";

/**
 * What a side of a job that succeeded says of a replay. It is their word, signed: the registry checks
 * that it is about this result, and that a replay on a GPU was a job of theirs there.
 */
export function attest(ask: Ask, body: IntentBody<"job.attest">): EventDraft[] {
  const { state, actor } = ask;
  const job = findJob(state, body.job_id);
  const { job_id } = job;
  if (actor !== job.renter && actor !== job.provider) {
    throw new HorizonError("forbidden", `Only its two sides may say what ${job_id} came to.`);
  }
  if (job.state !== "succeeded" || job.result !== body.result) {
    const message = job.state === "succeeded"
      ? `${job_id} has another result than the one that was compared.`
      : `${job_id} is ${job.state}: only a job that succeeded can be compared.`;
    throw new HorizonError("job_state", message, { details: { state: job.state } });
  }
  checkReplay(ask, body);
  if (job.statements.length >= LIMITS.job_statements) {
    throw new HorizonError("limit_reached", `${job_id} has too many statements.`, {
      details: { limit: LIMITS.job_statements },
    });
  }
  return [{ type: "job.attested", data: { ...body, actor } }];
}

function checkReplay({ state, actor }: Ask, body: IntentBody<"job.attest">): void {
  if (body.replay === null) return;
  const replay = findJob(state, body.replay);
  const isTheirs = replay.renter === actor && replay.gpu_id === body.gpu_id;
  if (isTheirs && replay.state === "succeeded" && replay.job_id !== body.job_id) return;
  throw new HorizonError("job_state", `${body.replay} is no replay of yours on ${body.gpu_id}.`, {
    details: { state: replay.state },
  });
}
