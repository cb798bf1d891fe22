import { HorizonError } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import type { GpuView } from "../../protocol/gpu.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { ProviderEvent } from "../../provider/events.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import type { Context } from "../context.ts";
import { formatTime } from "../format.ts";
import { printable } from "../output.ts";
import { readGpuId } from "../values.ts";

export const command = defineCommand({
  name: "provide",
  summary: "Keep your GPUs online and run the jobs of those who rent them",
  about:
    "Goes on until it is interrupted; only outbound connections are made. Each job runs in a\n" +
    "jailed child process. With --json it prints one JSON document a line.",
  args: {},
  flags: {
    "gpu-id": {
      kind: "words",
      value: "<gpu_id> …",
      summary: "only these GPUs; all of yours that are listed unless given",
    },
    unjailed: {
      kind: "boolean",
      summary: "run shaders without the jail where this machine's jail is incomplete",
    },
  },
  examples: ["horizon provide", "horizon provide --gpu-id rig-1 rig-2"],
  async run(ctx, { flags }) {
    const named = flags["gpu-id"]?.split(/[\s,]+/).map(readGpuId);
    const [{ openAdapter }, { runProvider }, { jailSupport }] = await Promise.all([
      import("../../gpu/adapter.ts"),
      import("../../provider/daemon.ts"),
      import("../../provider/jail.ts"),
    ]);
    checkJail(ctx, jailSupport(), flags.unjailed);
    await openAdapter();
    await using connection = await connect(ctx, { long: true, graceful: true });
    const { client } = connection;
    const gpus = await ownGpus(client, named);
    await proveUnproven(ctx, client, gpus);
    const listed = await listedAmong(client, gpus);
    if (connection.embedded) ctx.out.note(`Holding the data folder ${connection.folder}.`);
    const options = {
      client,
      clock: ctx.io.clock,
      unjailed: flags.unjailed,
      gpus: listed,
      log: (event: ProviderEvent) => tell(ctx, event),
    };
    await runProvider(options, ctx.signal);
  },
});

/** Throws `jail_unavailable` where jobs could not be jailed and the owner has not consented. */
function checkJail(
  ctx: Context,
  support: { complete: boolean; missing: string[] },
  unjailed: boolean,
): void {
  if (support.complete) return;
  const missing = support.missing.join("; ");
  if (unjailed) {
    ctx.out.note(`Warning: shaders run UNJAILED here. What the jail lacks: ${missing}.`);
    return;
  }
  throw new HorizonError("jail_unavailable", `This machine has no complete jail: ${missing}.`, {
    fix: "--unjailed lets shaders run without it; renters' JavaScript stays refused.",
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
  const { gpus } = await client.gpus({ owner: client.actor, all: true, limit: LIMITS.page_max });
  if (gpus.length > 0) return gpus;
  throw new HorizonError("gpu_not_found", "You have no GPU registered here.", {
    fix: "Run: horizon register-gpu --gpu-id <name> --gpu-type auto --price <price>",
  });
}

/** Proves those whose registration was broken off before the proof. */
async function proveUnproven(ctx: Context, client: Client, gpus: GpuView[]): Promise<void> {
  for (const { gpu_id, status } of gpus) {
    if (status !== "unproven") continue;
    const { proveAgain } = await import("../../provider/register.ts");
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
