import { formatDollars } from "../../base/money.ts";
import { formatDuration, formatTime } from "../../base/time_text.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { table } from "../table.ts";

export const command = defineCommand({
  name: "market prices",
  summary: "Show what each class of GPU was rented for, by the hour",
  args: {},
  flags: {
    type: { kind: "words", value: "<type>", summary: "only this class of GPU" },
    limit: {
      kind: "integer",
      value: "<count>",
      min: 1,
      max: LIMITS.page_max,
      summary: "at most so many, newest first",
    },
  },
  examples: ["horizon market prices", "horizon market prices --type RTX 3090 --json"],
  async run(ctx, { flags }) {
    const { type, limit } = flags;
    await using connection = await connect(ctx);
    const page = await connection.client.prices({
      ...(type === undefined ? {} : { class: type }),
      ...(limit === undefined ? {} : { limit }),
    });
    const columns = [
      { heading: "HOUR" },
      { heading: "CLASS" },
      { heading: "LAST/H", numeric: true },
      { heading: "LOW/H", numeric: true },
      { heading: "HIGH/H", numeric: true },
      { heading: "GPU TIME" },
      { heading: "LEASES", numeric: true },
    ] as const;
    const rows = page.bars.map((bar) => [
      formatTime(bar.hour),
      bar.class,
      formatDollars(bar.last_micros_per_hour),
      formatDollars(bar.low_micros_per_hour),
      formatDollars(bar.high_micros_per_hour),
      formatDuration(bar.volume_s),
      String(bar.leases),
    ]);
    ctx.out.result(page, rows.length === 0 ? "" : table(columns, rows, ctx.out));
    if (rows.length === 0) ctx.out.note("Nothing was rented yet.");
  },
});
