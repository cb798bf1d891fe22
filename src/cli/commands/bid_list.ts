import { withSuffix } from "../home.ts";
import { HorizonError } from "../../base/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { standingBids } from "../bid_pages.ts";
import { bidTable } from "../bid_text.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { readGpuId } from "../values.ts";

export const command = defineCommand({
  name: "bid list",
  summary: "List your bids that stand",
  args: {},
  flags: {
    gpu: { kind: "text", value: "<gpu_id>", summary: "only those for this GPU" },
    all: { kind: "boolean", summary: "also those that are over, a page at a time" },
    limit: {
      kind: "integer",
      value: "<count>",
      min: 1,
      max: LIMITS.page_max,
      summary: "with --all: at most so many, newest first",
    },
    cursor: {
      kind: "text",
      value: "<cursor>",
      summary: "with --all: go on after an earlier page",
    },
  },
  examples: ["horizon bid list", "horizon bid list --all --limit 10 --json"],
  async run(ctx, { flags }) {
    const { all, limit, cursor } = flags;
    if (!all && (limit !== undefined || cursor !== undefined)) {
      throw new HorizonError("invalid_input", "--limit and --cursor go with --all.");
    }
    const gpu = flags.gpu === undefined ? {} : { gpu_id: readGpuId(flags.gpu) };
    await using connection = await connect(ctx);
    const { client } = connection;
    const listing = { actor: client.actor, ...gpu };
    const page = all
      ? await client.bids({
        ...listing,
        ...(limit === undefined ? {} : { limit }),
        ...(cursor === undefined ? {} : { cursor }),
      })
      : { bids: await standingBids(client, listing), next_cursor: null };
    ctx.out.result(
      page,
      page.bids.length === 0
        ? ""
        : bidTable(page.bids.map((bid) => withSuffix(bid, connection.suffix)), ctx.out),
    );
    if (page.bids.length === 0) ctx.out.note(all ? "No bids." : "No bids stand.");
    if (page.next_cursor !== null) ctx.out.note(`Go on with --cursor ${page.next_cursor}`);
  },
});
