import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import type { Context } from "../context.ts";
import { homesOf } from "../homes.ts";
import { checkCanProvide, provideGpus, type Providing } from "../providing.ts";
import { readGpuId, readKinds } from "../values.ts";

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
    kinds: {
      kind: "text",
      value: "<kind>,…",
      summary: "kinds of jobs to take; all that are harmless to this machine unless given",
    },
    unjailed: {
      kind: "boolean",
      summary: "run shaders and models without the jail where this machine's jail is incomplete",
    },
    "print-unit": {
      kind: "boolean",
      summary: "print a systemd unit that does this from the start of the machine on, and end",
    },
  },
  examples: [
    "horizon provide",
    "horizon provide --gpu-id rig-1 rig-2",
    "horizon provide --kinds wgsl,onnx",
    "horizon provide --print-unit > ~/.config/systemd/user/horizon-provide.service",
  ],
  local: true,
  async run(ctx, { flags }) {
    const named = flags["gpu-id"]?.split(/[\s,]+/).map(readGpuId);
    const providing = {
      unjailed: flags.unjailed,
      ...(named === undefined ? {} : { named }),
      ...(flags.kinds === undefined ? {} : { kinds: readKinds(flags.kinds) }),
    };
    if (flags["print-unit"]) return await printUnit(ctx, providing);
    await checkCanProvide(ctx, providing);
    await using connection = await connect(ctx, { long: true, graceful: true });
    if (connection.embedded) ctx.out.note(`Holding the data folder ${connection.folder}.`);
    await provideGpus(ctx, connection.client, providing, await homesOf(ctx, connection));
  },
});

/** Prints a unit that provides as these flags say. */
async function printUnit(ctx: Context, { named, kinds, unjailed }: Providing): Promise<void> {
  const [{ ownProgram }, { serviceUnit }] = await Promise.all([
    import("../../provider/jail_program.ts"),
    import("../systemd_unit.ts"),
  ]);
  const { executable, args } = ownProgram();
  const home = ctx.io.env.get("HORIZON_HOME");
  const unit = serviceUnit({
    description: "Horizon: runs jobs on the GPUs of this machine",
    command: [
      ...[executable, ...args, "provide"],
      ...(named === undefined ? [] : ["--gpu-id", ...named]),
      ...(kinds === undefined ? [] : ["--kinds", kinds.join(",")]),
      ...(unjailed ? ["--unjailed"] : []),
      ...(ctx.registry === undefined ? [] : ["--registry", ctx.registry]),
    ],
    env: home === undefined ? {} : { HORIZON_HOME: home },
  });
  ctx.out.result({ unit }, unit);
  ctx.out.note("Save it as ~/.config/systemd/user/horizon-provide.service, then run:");
  ctx.out.note("systemctl --user enable --now horizon-provide && loginctl enable-linger");
}
