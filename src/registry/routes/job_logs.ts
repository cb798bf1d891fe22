import { HorizonError } from "../../base/errors.ts";
import { API_BASE, LogRequest } from "../../protocol/api.ts";
import type { JobView } from "../../protocol/job.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { LogQuery } from "../../protocol/queries.ts";
import { validate } from "../../protocol/validate.ts";
import type { SessionHolder } from "../auth/sessions.ts";
import { readJson } from "../body.ts";
import type { LogEnd } from "../job_logs.ts";
import { readQuery } from "../query.ts";
import { json } from "../respond.ts";
import type { App, Services } from "../services.ts";
import { requireParty } from "./job_party.ts";
import { findJob } from "./records.ts";

/** A batch of the longest lines, each character in six bytes of JSON. */
const REQUEST_BYTES = LIMITS.job_log_batch_lines * (LIMITS.job_log_line_chars * 6 + 128);
const ENDED: ReadonlySet<JobView["state"]> = new Set(["succeeded", "failed", "cancelled", "lost"]);

/** What a job says while it runs, for its renter and its provider. */
export function jobLogRoutes(app: App, services: Services): void {
  const { sessions, jobLogs, streams, artefacts } = services;

  app.post(`${API_BASE}/jobs/:job_id/logs`, async (c) => {
    const { actor } = sessions.holder(c.req.header("authorization"));
    const job = await findJob(c.req.param("job_id"), services);
    if (job.provider !== actor) {
      throw new HorizonError("forbidden", `Only its provider writes the log of ${job.job_id}.`);
    }
    artefacts.requireKept(job);
    const body = await readJson(c.req.raw, REQUEST_BYTES);
    const { lines } = validate(LogRequest, body, "The request");
    await jobLogs.append(job.job_id, lines);
    return json({});
  });

  app.get(`${API_BASE}/jobs/:job_id/logs`, async (c) => {
    const holder = sessions.holder(c.req.header("authorization"));
    const job = await findJob(c.req.param("job_id"), services);
    requireParty(job, holder.actor);
    artefacts.requireKept(job);
    const { follow, ...selection } = readQuery(c.req.raw, LogQuery);
    if (!follow) return json({ lines: await jobLogs.read(job.job_id, selection) });
    return streams.respond((controller) => {
      return jobLogs.follow(
        job.job_id,
        selection,
        logEnd(job.job_id, holder, controller, services),
      );
    });
  });
}

/** A followed log ends with the job, or with the session that asked for it. */
function logEnd(
  job_id: string,
  holder: SessionHolder,
  controller: AbortController,
  { sequencer, wakeups, clock }: Services,
): LogEnd {
  const { signal } = controller;
  const timer = setTimeout(() => controller.abort(), holder.expires_at - clock.now());
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return {
    signal,
    isOver: () => {
      const job = sequencer.state.jobs.get(job_id);
      return job === undefined || ENDED.has(job.state);
    },
    whenOver: (wake) => {
      const stop = new AbortController();
      wakeups.wait([job_id], LIMITS.session_life_ms, [signal, stop.signal]).then(wake);
      return () => stop.abort();
    },
  };
}
