import { withSuffix } from "../home.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { leaseTable } from "../lease_text.ts";

export const command = defineCommand({
  name: "lease list",
  summary: "List your leases",
  args: {},
  flags: {
    all: { kind: "boolean", summary: "also those that have ended" },
    limit: {
      kind: "integer",
      value: "<count>",
      min: 1,
      max: LIMITS.page_max,
      summary: "at most so many",
    },
    cursor: { kind: "text", value: "<cursor>", summary: "go on after an earlier page" },
  },
  examples: ["horizon lease list", "horizon lease list --all --json"],
  async run(ctx, { flags }) {
    const { limit, cursor } = flags;
    await using connection = await connect(ctx);
    const page = await connection.client.leases({
      actor: connection.identity.id,
      ...(flags.all ? {} : { state: "live" as const }),
      ...(limit === undefined ? {} : { limit }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    ctx.out.result(
      page,
      page.leases.length === 0 ? "" : leaseTable(
        page.leases.map((lease) => withSuffix(lease, connection.suffix)),
        ctx.out,
      ),
    );
    if (page.leases.length === 0) ctx.out.note(flags.all ? "No leases." : "No live leases.");
    if (page.next_cursor !== null) ctx.out.note(`Go on with --cursor ${page.next_cursor}`);
  },
});
