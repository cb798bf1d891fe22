import { HorizonError } from "../../base/errors.ts";
import { formatDollars, parseDollars } from "../../base/money.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { asOperator, OPERATOR_FLAGS } from "../operator.ts";
import { readActorId } from "../values.ts";

export const command = defineCommand({
  name: "wallet deposit",
  summary: "Issue credits, as the registry's operator",
  about:
    "It is signed with the registry's own key, which lies in its data folder: only its operator\n" +
    "can do this. On the embedded registry that is you.",
  args: { amount: { summary: "dollars, such as 20 or 0.50" } },
  flags: {
    to: { kind: "text", value: "<id>", summary: "whom to credit; yourself unless given" },
    ...OPERATOR_FLAGS,
  },
  examples: ["horizon wallet deposit 20", "horizon wallet deposit 5 --to z6Mk…"],
  async run(ctx, { args, flags }) {
    const amount_micros = parseDollars(args.amount, "The amount");
    if (amount_micros === 0) {
      throw new HorizonError("invalid_price", "The amount must be more than nothing.");
    }
    await using connection = await connect(ctx);
    const to = flags.to === undefined ? connection.identity.id : readActorId(flags.to);
    const operator = await asOperator(connection, flags.data);
    await operator.submit("wallet.deposit", { to, amount_micros });
    const wallet = await operator.wallet(to);
    ctx.out.result(
      wallet,
      `${formatDollars(amount_micros)} to ${to}, who now has ` +
        `${formatDollars(wallet.available_micros)} available`,
    );
  },
});
