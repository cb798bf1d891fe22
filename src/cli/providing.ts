import { HorizonError } from "../base/errors.ts";
import { formatTime } from "../base/time_text.ts";
import type { Client } from "../client/client.ts";
import type { JobKind } from "../protocol/job.ts";
import type { GpuView } from "../protocol/gpu.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { ProviderEvent } from "../provider/events.ts";
import type { Homes } from "../provider/homes.ts";
import type { Context } from "./context.ts";
import { printable } from "../base/printable.ts";

/** What a person provides, and whether jobs may run where the jail is incomplete. */
export interface Providing {
  /** Ids of GPUs; all of the person's own that are listed unless given. */
  named?: string[];
  unjailed: boolean;
  /** Kinds of jobs to take; all that are harmless here unless given. */
  kinds?: JobKind[];
}

/**
 * Throws `jail_unavailable` where jobs could not be jailed and the owner has not consented, where a
 * kind was asked for that runs in a complete jail alone, or where a trial in the jail fails, and
 * `no_adapter`.
 */
export async function checkCanProvide(
  ctx: Context,
  { unjailed, kinds = [] }: Providing,
): Promise<void> {
  const [{ openAdapter }, { jailSupport }, { safeKinds }] = await Promise.all([
    import("../gpu/adapter.ts"),
    import("../provider/jail.ts"),
    import("../provider/kinds.ts"),
  ]);
  const support = jailSupport();
  checkJail(ctx, support, unjailed);
  const safe = safeKinds();
  const unsafe = kinds.filter((kind) => !safe.includes(kind));
  if (unsafe.length > 0) {
    const missing = support.missing.join("; ");
    const message = `No ${unsafe.join(", ")} jobs here: they run in a complete jail alone, and ` +
      `this machine's lacks: ${missing}.`;
    throw new HorizonError("jail_unavailable", message, { fix: `Offer ${safe.join(",")}.` });
  }
  await openAdapter();
  if (support.complete) await tryJail(ctx);
}

/** One job of our own before anyone pays for theirs. */
async function tryJail(ctx: Context): Promise<void> {
  const { runTrialJob } = await import("../provider/trial_job.ts");
  const trial = await runTrialJob({ signal: ctx.signal });
  if (trial.result === "right" || ctx.signal.aborted) return;
  const why = trial.result === "failed" ? trial.why : "the jail finds no GPU adapter";
  throw new HorizonError("jail_unavailable", `No job could run here: ${why}.`, {
    fix: "Report it, with what horizon self-test --bundle <file> writes.",
  });
}

/**
 * Keeps a person's GPUs online and runs their jobs until the signal aborts. Throws `gpu_not_found`,
 * `gpu_not_listed`, `forbidden` or `gpu_moved` where there is nothing to provide.
 */
export async function provideGpus(
  ctx: Context,
  client: Client,
  { named, unjailed, kinds }: Providing,
  homes: Homes | null,
): Promise<void> {
  const gpus = await ownGpus(client, named);
  await proveUnproven(ctx, client, gpus);
  const listed = await listedAmong(client, gpus);
  const [{ runProvider }, { safeKinds }] = await Promise.all([
    import("../provider/daemon.ts"),
    import("../provider/kinds.ts"),
  ]);
  const log = (event: ProviderEvent) => tell(ctx, event);
  const { clock } = ctx.io;
  const taken = kinds ?? safeKinds();
  const options = { client, clock, unjailed, gpus: listed, homes, kinds: taken, log };
  await runProvider(options, ctx.signal);
}

function checkJail(
  ctx: Context,
  support: { complete: boolean; missing: string[] },
  unjailed: boolean,
): void {
  if (support.complete) return;
  const missing = support.missing.join("; ");
  if (unjailed) {
    ctx.out.note(`Warning: shaders and models run UNJAILED here. What the jail lacks: ${missing}.`);
    return;
  }
  throw new HorizonError("jail_unavailable", `This machine has no complete jail: ${missing}.`, {
    fix: "--unjailed lets shaders and models run without it; renters' JavaScript stays refused.",
  });
}

/** The caller's GPUs, or those named. Throws `gpu_not_found` or `forbidden`. */
async function ownGpus(client: Client, named: string[] | undefined): Promise<GpuView[]> {
  if (named !== undefined) {
    const views = await Promise.all([...new Set(named)].map((gpu_id) => client.gpu(gpu_id)));
    const stranger = views.find((view) => view.owner !== client.actor);
    if (stranger === undefined) return views;
    throw new HorizonError("forbidden", `${stranger.gpu_id} is not yours.`);
  }
  const { actor: owner, node_id: home } = client;
  const { gpus } = await client.gpus({ owner, home, all: true, limit: LIMITS.page_max });
  if (gpus.length > 0) return gpus;
  throw new HorizonError("gpu_not_found", "You have no GPU registered here.", {
    fix: "Run: horizon register-gpu --gpu-id <name> --gpu-type auto --price <price>",
  });
}

/** Proves those whose registration was broken off before the proof, or whose badge has expired. */
async function proveUnproven(ctx: Context, client: Client, gpus: GpuView[]): Promise<void> {
  for (const { gpu_id, status } of gpus) {
    if (status !== "unproven" && status !== "expired") continue;
    const { proveAgain } = await import("../provider/register.ts");
    const { verdict } = await proveAgain(client, gpu_id, (step) => {
      ctx.out.note(`${gpu_id}: ${step}`);
    });
    ctx.out.note(`${gpu_id}: ${verdict.reason}`);
  }
}

/** Ids of those on the market. Throws `gpu_not_listed` if none is. */
async function listedAmong(client: Client, gpus: GpuView[]): Promise<string[]> {
  const views = await Promise.all(gpus.map(({ gpu_id }) => client.gpu(gpu_id)));
  const listed = views.filter(({ status }) => status === "listed").map(({ gpu_id }) => gpu_id);
  if (listed.length > 0) return listed;
  throw new HorizonError("gpu_not_listed", "None of your GPUs is listed.", {
    fix: "Run: horizon register-gpu again; it says what the proof found.",
  });
}

function tell(ctx: Context, event: ProviderEvent): void {
  const { level, event: status, message, job_id, gpu_id, reason } = event;
  const at = ctx.io.clock.now();
  ctx.out.item({ at, ...event }, `${formatTime(at)} ${printable(message)}`);
  const subject = job_id ?? gpu_id;
  void ctx.log({
    level,
    status,
    ...(subject === undefined ? {} : { subject }),
    ...(reason === undefined ? {} : { details: { reason } }),
  });
}
