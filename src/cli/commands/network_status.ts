import { realWait } from "../../client/retries.ts";
import { CODES, EXIT } from "../../protocol/codes.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { refuseHome } from "../home.ts";
import { type NodeStatus, nodeStatus, statusText } from "../node_status.ts";

/** Between two looks. */
const WATCH_MS = 1_000;
/** To the upper left corner, and nothing below it stays. */
const CLEAR = "\x1b[H\x1b[J";

export const command = defineCommand({
  name: "network status",
  summary: "Show this node, its registry, and the registries that it knows",
  about:
    "LAG is how many events of a node's feed the registry still lacks, and for how long. TRUST is\n" +
    "checked where each event was decided again, unverified where it follows rules that this\n" +
    "version doesn't know, quarantined where the node has lied.\n" +
    "With --watch it goes on until it is interrupted; --json then prints one document a line.\n" +
    "Ends with 6 if the configured registry can't be reached.",
  args: {},
  flags: { watch: { kind: "boolean", summary: "look again every second" } },
  examples: ["horizon network status", "horizon network status --watch"],
  async run(ctx, { flags }) {
    refuseHome(ctx);
    let status = await nodeStatus(ctx);
    if (!flags.watch) {
      ctx.out.result(status, statusText(status, ctx.io.clock.now(), ctx.out));
    }
    while (flags.watch) {
      draw(ctx, status);
      await realWait(WATCH_MS, ctx.signal);
      if (ctx.signal.aborted) break;
      status = await nodeStatus(ctx);
    }
    const { error } = status.registry;
    return error === null ? EXIT.ok : CODES[error]?.exit ?? EXIT.failure;
  },
});

function draw(ctx: Context, status: NodeStatus): void {
  const text = statusText(status, ctx.io.clock.now(), ctx.out);
  ctx.out.item(status, ctx.io.stdout_is_terminal ? CLEAR + text : `${text}\n`);
}
