import { formatDollars } from "../../base/money.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { facts } from "../table.ts";

export const command = defineCommand({
  name: "wallet balance",
  summary: "Show your id and your money",
  args: {},
  flags: {},
  examples: ["horizon wallet balance", "horizon wallet balance --json"],
  async run(ctx) {
    await using connection = await connect(ctx);
    const wallet = await connection.client.wallet();
    ctx.out.result(
      wallet,
      facts([
        ["your id", wallet.actor],
        ["available", formatDollars(wallet.available_micros)],
        ["held", formatDollars(wallet.held_micros)],
        ["earned", formatDollars(wallet.earned_micros)],
      ]),
    );
  },
});
