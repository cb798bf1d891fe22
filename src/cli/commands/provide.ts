import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { homesOf } from "../homes.ts";
import { checkCanProvide, provideGpus } from "../providing.ts";
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
  },
  examples: [
    "horizon provide",
    "horizon provide --gpu-id rig-1 rig-2",
    "horizon provide --kinds wgsl,onnx",
  ],
  async run(ctx, { flags }) {
    const named = flags["gpu-id"]?.split(/[\s,]+/).map(readGpuId);
    const providing = {
      unjailed: flags.unjailed,
      ...(named === undefined ? {} : { named }),
      ...(flags.kinds === undefined ? {} : { kinds: readKinds(flags.kinds) }),
    };
    await checkCanProvide(ctx, providing);
    await using connection = await connect(ctx, { long: true, graceful: true });
    if (connection.embedded) ctx.out.note(`Holding the data folder ${connection.folder}.`);
    await provideGpus(ctx, connection.client, providing, await homesOf(ctx, connection));
  },
});
