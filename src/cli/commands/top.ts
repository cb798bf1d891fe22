import type { Client } from "../../client/client.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { foreignHomes, homeTexts } from "../gpu_homes.ts";
import { canFill, fill } from "../screen/screen.ts";
import { type MarketNow, MarketScreen, marketText } from "../top/market_view.ts";

export const command = defineCommand({
  name: "top",
  summary: "Watch the GPUs, jobs and auctions of a registry",
  about:
    "On a terminal it fills the screen and reads anew every two seconds: tab turns to the next\n" +
    "table, s sorts, / filters, q quits. Elsewhere it prints what there is now, and ends.",
  args: {},
  flags: {
    limit: {
      kind: "integer",
      value: "<count>",
      min: 1,
      max: LIMITS.page_max,
      summary: "at most so many of each, 200 unless given",
    },
  },
  examples: ["horizon top", "horizon top --limit 20 --json"],
  async run(ctx, { flags }) {
    await using connection = await connect(ctx);
    const { client, url } = connection;
    const read = () => readMarket(client, flags.limit ?? 200, ctx.io.clock.now());
    const now = await read();
    if (canFill(ctx)) return await fill(ctx, new MarketScreen(`horizon top  ${url}`, now, read));
    const { gpus, jobs, auctions } = now;
    ctx.out.result({ gpus, jobs, auctions }, marketText(now, ctx.out));
  },
});

async function readMarket(client: Client, limit: number, now_ms: number): Promise<MarketNow> {
  const [{ gpus }, { jobs }, { auctions }] = await Promise.all([
    client.gpus({ all: true, limit }),
    client.jobs({ limit }),
    client.auctions({ limit }),
  ]);
  const peers = await foreignHomes(client, gpus);
  return { gpus, homes: homeTexts(gpus, client.node_id, peers, now_ms), jobs, auctions };
}
