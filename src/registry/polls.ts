import { HorizonError } from "../base/errors.ts";
import { findGpu, type Job, type MarketState, openJobs } from "../market/market.ts";
import type { Assignment, PollAnswer, PollRequest } from "../protocol/api.ts";
import { isHeld } from "./proving/occasions.ts";
import type { Services } from "./services.ts";

/** Jobs in one answer; the rest comes with the next poll. */
const MAX_ASSIGNMENTS = 256;

/**
 * A provider's poll (DESIGN §6): it is a heartbeat of its GPUs, tells which jobs the daemon holds, and
 * waits for work. Jobs that the registry thinks are there and the daemon does not know are lost.
 * Throws `gpu_not_found`, `gpu_moved` or `forbidden`.
 */
export async function poll(
  actor: string,
  request: PollRequest,
  signal: AbortSignal,
  services: Services,
): Promise<PollAnswer> {
  const { sequencer, schedule, clock, wakeups, closing } = services;
  for (const gpu_id of request.gpus) checkOwner(sequencer.state, gpu_id, actor);
  await heartbeat(request, services);
  await loseUnknown(request, services);
  const end_ms = clock.monotonic() + request.wait_ms;
  for (;;) {
    const answer = answerOf(actor, request, services);
    const left_ms = end_ms - clock.monotonic();
    const isNews = answer.assignments.length > 0 || answer.stop.length > 0 ||
      schedule.isNews(answer.challenges);
    if (isNews || left_ms <= 0 || signal.aborted || closing.aborted) {
      for (const gpu_id of request.gpus) services.presence.see(gpu_id);
      schedule.tell(answer.challenges);
      await sequencer.feed.whenDurable(sequencer.head.seq);
      return answer;
    }
    await wakeups.wait([...request.gpus, ...request.jobs], left_ms, [signal, closing]);
  }
}

function checkOwner(state: MarketState, gpu_id: string, actor: string): void {
  const gpu = findGpu(state, gpu_id);
  if (gpu.owner !== actor) {
    throw new HorizonError("forbidden", `Only its owner can provide ${gpu_id}.`);
  }
}

/** Notes that the GPUs' daemon is there, and tells the market of those that were offline. */
async function heartbeat(request: PollRequest, services: Services): Promise<void> {
  const { presence, sequencer, nodeIntents, clock } = services;
  for (const gpu_id of request.gpus) presence.see(gpu_id);
  if (sequencer.state.settings.mode === "embedded") return;
  const back = request.gpus.filter((id) => sequencer.state.gpus.get(id)?.online === false);
  const last_seen = clock.now();
  await Promise.all(
    back.map((gpu_id) => nodeIntents.submit("gpu.liveness", { gpu_id, online: true, last_seen })),
  );
}

async function loseUnknown(request: PollRequest, services: Services): Promise<void> {
  const { sequencer, nodeIntents } = services;
  const known = new Set(request.jobs);
  const held = request.gpus.flatMap((gpu_id) => openJobs(sequencer.state, gpu_id)).filter(isHeld);
  const lost = held.filter(({ job_id }) => !known.has(job_id));
  await Promise.all(
    lost.map(({ job_id }) =>
      nodeIntents.submit("job.lose", { job_id, reason: "provider_restarted", side: "provider" })
    ),
  );
}

function answerOf(
  actor: string,
  request: PollRequest,
  { sequencer: { state }, schedule }: Services,
): PollAnswer {
  const ready = request.gpus.filter((gpu_id) => !schedule.withholds(state, gpu_id));
  const queued = ready.flatMap((gpu_id) => openJobs(state, gpu_id))
    .filter((job) => job.state === "queued");
  const stop = request.jobs.filter((job_id) => {
    const job = state.jobs.get(job_id);
    return job === undefined || !isHeld(job) || job.provider !== actor ||
      !request.gpus.includes(job.gpu_id);
  });
  return {
    assignments: queued.slice(0, MAX_ASSIGNMENTS).map((job) => assignmentOf(job, state)),
    stop,
    challenges: schedule.wanted(state, request.gpus),
  };
}

function assignmentOf(job: Job, state: MarketState): Assignment {
  const { job_id, lease_id, gpu_id, attempt, bundle, limits, checkpoint } = job;
  const { home_epoch } = findGpu(state, gpu_id);
  return { job_id, lease_id, gpu_id, home_epoch, attempt, bundle, limits, checkpoint };
}
