import { VERDICTS } from "../../protocol/gpu.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { gpuTable } from "../format.ts";
import { table } from "../table.ts";
import { readOneOf } from "../values.ts";

export const command = defineCommand({
  name: "list-gpus",
  summary: "List the GPUs that can be rented now",
  about: "A filter is a list of comparisons, all of which must hold, over the fields of a GPU:\n" +
    "price (dollars an hour), vram_gb, fp32_gflops and more; a wrong name lists the right ones.",
  args: {},
  flags: {
    where: { kind: "words", value: "<filter>", summary: "only GPUs that fit this filter" },
    type: { kind: "words", value: "<type>", summary: "only GPUs of this type" },
    verdict: { kind: "text", value: "<verdict>", summary: `only one of: ${VERDICTS.join(", ")}` },
    sort: { kind: "text", value: "<field>", summary: "order by a field; -field reverses it" },
    limit: {
      kind: "integer",
      value: "<count>",
      min: 1,
      max: LIMITS.page_max,
      summary: `at most so many, ${LIMITS.page_default} unless given`,
    },
    cursor: { kind: "text", value: "<cursor>", summary: "go on after an earlier page" },
    all: { kind: "boolean", summary: "also those that can't be rented now" },
    mine: { kind: "boolean", summary: "only your own, in whatever state" },
  },
  examples: [
    "horizon list-gpus",
    "horizon list-gpus --where 'vram_gb>=16 price<0.50' --sort -fp32_gflops",
    "horizon list-gpus --type RTX 3090 --limit 5 --json",
    "horizon list-gpus --mine",
  ],
  async run(ctx, { flags }) {
    const { where, type, sort, limit, cursor } = flags;
    const verdict = flags.verdict === undefined
      ? undefined
      : readOneOf(VERDICTS, flags.verdict, "verdict");
    await using connection = await connect(ctx);
    const page = await connection.client.gpus({
      ...(where === undefined ? {} : { where }),
      ...(type === undefined ? {} : { type }),
      ...(verdict === undefined ? {} : { verdict }),
      ...(sort === undefined ? {} : { sort }),
      ...(limit === undefined ? {} : { limit }),
      ...(cursor === undefined ? {} : { cursor }),
      ...(flags.mine ? { owner: connection.identity.id } : {}),
      ...(flags.all || flags.mine ? { all: true } : {}),
    });
    const { columns, rows } = gpuTable(page.gpus);
    ctx.out.result(page, rows.length === 0 ? "" : table(columns, rows, ctx.out.colour));
    if (page.gpus.length === 0) ctx.out.note("No GPU fits. --all shows those that aren't free.");
    if (page.next_cursor !== null) {
      ctx.out.note(`${page.gpus.length} of ${page.total}; go on with --cursor ${page.next_cursor}`);
    }
  },
});
