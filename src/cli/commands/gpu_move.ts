import { HorizonError } from "../../base/errors.ts";
import { formatDollars } from "../../base/money.ts";
import { formatTime } from "../../base/time_text.ts";
import type { Client } from "../../client/client.ts";
import type { GpuView } from "../../protocol/gpu.ts";
import { GpuType } from "../../protocol/text.ts";
import { validate } from "../../protocol/validate.ts";
import type { MovePlan, MoveRequest } from "../../provider/move.ts";
import { defineCommand, PLAN_FLAGS } from "../command.ts";
import { confirm } from "../confirm.ts";
import { connect, type Connection, reachUrl } from "../connect.ts";
import type { Context } from "../context.ts";
import { checkDestination, readDestination } from "../move_destination.ts";
import { Progress } from "../progress.ts";
import { facts } from "../table.ts";
import { readGpuId, readPrice } from "../values.ts";

export const command = defineCommand({
  name: "gpu move",
  summary: "Move a GPU of yours to another registry",
  about:
    "It leaves the registry that your configuration names, and is measured, proven and listed at\n" +
    "the new one. A move that was broken off goes on when the command is run again. Where the old\n" +
    "registry is gone for good, --abandon moves without its word: the GPU is listed after a wait.",
  args: { gpu_id: { summary: "the GPU" } },
  flags: {
    to: {
      kind: "text",
      value: "<node>",
      required: true,
      summary: "the new registry: its URL, or a node that the old one knows",
    },
    abandon: { kind: "boolean", summary: "the old registry is gone for good" },
    price: { kind: "text", value: "<price>", summary: "your ask there; as here unless given" },
    "gpu-type": { kind: "words", value: "<type>", summary: "its type; as here unless given" },
    ...PLAN_FLAGS,
  },
  examples: [
    "horizon gpu move rig-1 --to https://registry.example",
    "horizon gpu move rig-1 --to berlin",
    "horizon gpu move rig-1 --to https://registry.example --abandon",
  ],
  async run(ctx, { args, flags }) {
    const gpu_id = readGpuId(args.gpu_id);
    const terms = {
      ...(flags.price === undefined ? {} : {
        price_micros_per_hour: readPrice(flags.price, "--price"),
      }),
      ...(flags["gpu-type"] === undefined ? {} : {
        gpu_type: validate(GpuType, flags["gpu-type"], "The GPU type"),
      }),
    };
    const [{ Homes }, { planMove }] = await Promise.all([
      import("../../provider/homes.ts"),
      import("../../provider/move.ts"),
    ]);
    const identity = await ctx.identity();
    await using cleanup = new AsyncDisposableStack();
    const old = flags.abandon ? null : cleanup.use(await connect(ctx));
    if (old !== null) checkIsServed(old, gpu_id);
    const destination = await readDestination(flags.to, old?.client ?? null);
    const { url } = destination;
    const reached = await reachUrl(ctx, url);
    cleanup.defer(() => reached.close());
    checkDestination(destination, reached.node.node_id);
    const { Client } = await import("../../client/client.ts");
    const next = new Client({
      transport: reached.transport,
      identity,
      node_id: reached.node.node_id,
      clock: ctx.io.clock,
      signal: ctx.signal,
    });
    const homes = new Homes(ctx.folders.data, identity);
    const request = { gpu_id, old: old?.client ?? null, next, homes, ...terms };
    const plan = await planMove(request);
    if (!await confirm(ctx, planText(plan, flags.abandon), flags, plan.step === "done")) return;
    const view = await move(ctx, request, plan);
    show(ctx, view, url, next);
  },
});

/** On one's own embedded registry nobody else rents, and no other registry follows it. */
function checkIsServed({ node }: Connection, gpu_id: string): void {
  if (node.settings.mode === "served") return;
  throw new HorizonError("invalid_input", "Your own embedded registry is no home to move from.", {
    fix: `Run: horizon deregister-gpu ${gpu_id}, then register it with --registry <url>`,
  });
}

async function move(ctx: Context, request: MoveRequest, plan: MovePlan): Promise<GpuView> {
  const { carryOutMove } = await import("../../provider/move.ts");
  const progress = new Progress(ctx.out);
  try {
    return await carryOutMove(request, plan, ctx.io.clock, (step) => progress.update(step));
  } catch (thrown) {
    ctx.out.note("The move is not finished. Run the same command again to go on with it.");
    throw thrown;
  } finally {
    progress.done();
  }
}

function planText({ step, home, from, left_seq }: MovePlan, abandon: boolean): string {
  const { gpu_id, gpu_type, price_micros_per_hour } = home;
  const steps = {
    leave: "it leaves its old home, then arrives at the new one",
    arrive: left_seq === null
      ? "it arrives without the old home's word, and waits before it is listed"
      : `it has left by event ${left_seq}, and arrives`,
    prove: "it has arrived, and is proven",
    done: "nothing is left to do",
  };
  return facts([
    ["move", gpu_id],
    ["from", `${from}${abandon ? " (abandoned)" : ""}`],
    ["to", home.home],
    ["as", `${gpu_type} at ${formatDollars(price_micros_per_hour)}/h, its home ${home.home_epoch}`],
    ["what", steps[step]],
  ]);
}

function show(ctx: Context, view: GpuView, url: string, next: Client): void {
  const { gpu_id, home_epoch, status, arrives_at, verdict } = view;
  const wait = arrives_at === null ? "" : `, listed from ${formatTime(arrives_at)} on`;
  ctx.out.result(
    { gpu_id, home: next.node_id, home_epoch, status, arrives_at, verdict },
    `${gpu_id} is at its home ${home_epoch}, ${next.node_id}: ${status}${wait}.`,
  );
  ctx.out.note(`Provide it there: horizon config --set registry ${url}, then horizon provide`);
}
