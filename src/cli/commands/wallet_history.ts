import { formatDollars } from "../../base/money.ts";
import { formatTime } from "../../base/time_text.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { table } from "../table.ts";

export const command = defineCommand({
  name: "wallet history",
  summary: "List the movements of your money",
  args: {},
  flags: {
    limit: {
      kind: "integer",
      value: "<count>",
      min: 1,
      max: LIMITS.page_max,
      summary: "at most so many, newest first",
    },
    before: { kind: "text", value: "<cursor>", summary: "go on after an earlier page" },
  },
  examples: ["horizon wallet history --limit 10"],
  async run(ctx, { flags }) {
    const { limit, before } = flags;
    await using connection = await connect(ctx);
    const page = await connection.client.history({
      ...(limit === undefined ? {} : { limit }),
      ...(before === undefined ? {} : { before }),
    });
    const columns = [
      { heading: "TIME" },
      { heading: "WHAT" },
      { heading: "ABOUT" },
      { heading: "ACCOUNT" },
      { heading: "AMOUNT", numeric: true },
    ] as const;
    const rows = page.movements.map((movement) => [
      formatTime(movement.at),
      movement.type,
      movement.ref === null ? "" : movement.ref + connection.suffix,
      movement.account,
      formatDollars(movement.amount_micros),
    ]);
    const document = { actor: connection.identity.id, ...page };
    ctx.out.result(document, rows.length === 0 ? "" : table(columns, rows, ctx.out));
    ctx.out.note(`Your id: ${connection.identity.id}`);
    if (page.next_cursor !== null) ctx.out.note(`Go on with --before ${page.next_cursor}`);
  },
});
