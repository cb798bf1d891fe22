import { withSuffix } from "../home.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { auctionTable } from "../auction_text.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { readGpuId } from "../values.ts";

export const command = defineCommand({
  name: "auction list",
  summary: "List the auctions that take bids",
  args: {},
  flags: {
    all: { kind: "boolean", summary: "also those that are over" },
    gpu: { kind: "text", value: "<gpu_id>", summary: "only those of this GPU" },
    mine: { kind: "boolean", summary: "only your own" },
    limit: {
      kind: "integer",
      value: "<count>",
      min: 1,
      max: LIMITS.page_max,
      summary: "at most so many, newest first",
    },
    cursor: { kind: "text", value: "<cursor>", summary: "go on after an earlier page" },
  },
  examples: ["horizon auction list", "horizon auction list --all --gpu rig-1 --json"],
  async run(ctx, { flags }) {
    const { limit, cursor } = flags;
    const gpu_id = flags.gpu === undefined ? undefined : readGpuId(flags.gpu);
    await using connection = await connect(ctx);
    const page = await connection.client.auctions({
      ...(flags.all ? {} : { state: "open" as const }),
      ...(gpu_id === undefined ? {} : { gpu_id }),
      ...(flags.mine ? { owner: connection.identity.id } : {}),
      ...(limit === undefined ? {} : { limit }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    const { auctions } = page;
    ctx.out.result(
      page,
      auctions.length === 0 ? "" : auctionTable(
        auctions.map((auction) => withSuffix(auction, connection.suffix)),
        ctx.out,
      ),
    );
    if (auctions.length === 0) ctx.out.note(flags.all ? "No auctions." : "No open auctions.");
    if (page.next_cursor !== null) ctx.out.note(`Go on with --cursor ${page.next_cursor}`);
  },
});
