import { formatDuration, formatTime } from "../../base/time_text.ts";
import { fieldTable, gpuTable, type HomeText } from "../format.ts";
import { HorizonError } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import { type GpuPage, GpuQuery } from "../../protocol/api.ts";
import { FILTER_FIELDS } from "../../protocol/filter_fields.ts";
import { VERDICTS } from "../../protocol/gpu.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { validate } from "../../protocol/validate.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import type { Context } from "../context.ts";
import { copiedHomes, foreignHomes, homeTexts } from "../gpu_homes.ts";
import { pageOf, readListingCopy } from "../listing_copy.ts";
import { resolveNode } from "../nodes.ts";
import { table } from "../table.ts";
import { readColumns, readOneOf } from "../values.ts";

export const command = defineCommand({
  name: "list-gpus",
  summary: "List the GPUs that can be rented now",
  about: "A filter is a list of comparisons, all of which must hold, over the fields of a GPU:\n" +
    "price (dollars an hour), vram_gb, fp32_gflops and more; a wrong name lists the right ones.\n" +
    "reputation is the score, 0 to 1: a lower bound of the share of jobs, proofs and hours that go\n" +
    "well. A new GPU has none, so that no comparison lets it through but reputation!=1.\n" +
    "GPUs of other registries are written gpu_id@node; KNOWN says how fresh what is shown of them\n" +
    "is. --home shows those of one registry.",
  args: {},
  flags: {
    where: { kind: "words", value: "<filter>", summary: "only GPUs that fit this filter" },
    type: { kind: "words", value: "<type>", summary: "only GPUs of this type" },
    verdict: {
      kind: "text",
      value: "<verdict>",
      choices: VERDICTS,
      summary: `only one of: ${VERDICTS.join(", ")}`,
    },
    sort: {
      kind: "text",
      short: "o",
      value: "<field>",
      choices: Object.keys(FILTER_FIELDS),
      summary: "order by a field; -field or field- reverses it",
    },
    cols: {
      kind: "text",
      value: "<fields>",
      summary: "show these fields alone, with commas between: gpu_id,price,vram_gb",
    },
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
    offline: {
      kind: "boolean",
      summary: "from the copy that marketplace update made; nobody is asked",
    },
  },
  examples: [
    "horizon list-gpus",
    "horizon list-gpus --where 'vram_gb>=16 price<0.50' --sort -fp32_gflops",
    "horizon list-gpus --type RTX 3090 --limit 5 --json",
    "horizon list-gpus -o fp32_gflops- --cols gpu_id,fp32_gflops,price",
    "horizon list-gpus --where 'reputation>=0.9' --sort -reputation",
    "horizon list-gpus --mine",
    "horizon list-gpus --home berlin",
    "horizon list-gpus --offline --where 'vram_gb>=16'",
  ],
  async run(ctx, { flags }) {
    const verdict = flags.verdict === undefined
      ? undefined
      : readOneOf(VERDICTS, flags.verdict, "verdict");
    const asked = {
      where: flags.where,
      type: flags.type,
      verdict,
      sort: flags.sort?.replace(/^([^-].*)-$/, "-$1"),
      limit: flags.limit,
      all: flags.all || flags.mine,
    };
    const cols = flags.cols === undefined ? null : readColumns(flags.cols);
    if (flags.offline) {
      if (flags.cursor !== undefined) {
        throw new HorizonError("invalid_input", "A copy has no pages: --cursor has no place.");
      }
      return await listCopy(ctx, asked, flags.mine, cols);
    }
    await using connection = await connect(ctx, { home: "part" });
    const { client } = connection;
    const home = await homeNamed(ctx, client);
    const page = await client.gpus(given({
      ...asked,
      cursor: flags.cursor,
      home,
      owner: flags.mine ? connection.identity.id : undefined,
    }));
    const peers = await foreignHomes(client, page.gpus);
    const homes = homeTexts(page.gpus, client.node_id, peers, ctx.io.clock.now());
    show(ctx, page, peers.length === 0 ? {} : { homes: peers }, homes, cols);
    if (page.next_cursor !== null) {
      ctx.out.note(`${page.gpus.length} of ${page.total}; go on with --cursor ${page.next_cursor}`);
    }
  },
});

/** The home that the command line names, as the person's registry knows it. */
async function homeNamed(ctx: Context, client: Client): Promise<string | undefined> {
  if (ctx.home === undefined) return undefined;
  const { peers } = await client.network.peers();
  return resolveNode(ctx.home, [{ node_id: client.node_id, alias: null }, ...peers]);
}

/** Lists from the copy: no registry is asked, and a key is read only to know which GPUs are one's own. */
async function listCopy(
  ctx: Context,
  asked: Record<string, string | number | boolean | undefined>,
  mine: boolean,
  cols: readonly string[] | null,
): Promise<void> {
  const copy = await readListingCopy(ctx.folders.state);
  const owner = mine ? (await ctx.identity()).id : undefined;
  const home = ctx.home === undefined
    ? undefined
    : resolveNode(ctx.home, [{ node_id: copy.registry, alias: null }, ...copy.peers]);
  const { all, ...others } = asked;
  const query = validate(
    GpuQuery,
    given({ ...others, home, owner, all: String(all === true) }),
    "The listing",
  );
  const page = pageOf(copy, query);
  const { registry, as_of } = copy;
  show(ctx, page, { registry, as_of }, copiedHomes(page.gpus, copy), cols);
  const age_s = Math.max(0, Math.round((ctx.io.clock.now() - as_of) / 1000));
  ctx.out.note(`As of ${formatTime(as_of)}, ${formatDuration(age_s)} ago.`);
  if (page.gpus.length < page.total) {
    ctx.out.note(`${page.gpus.length} of ${page.total}; --limit shows more.`);
  }
}

function show(
  ctx: Context,
  page: GpuPage,
  facts: object,
  homes: ReadonlyMap<string, HomeText>,
  cols: readonly string[] | null,
): void {
  const { columns, rows } = cols === null
    ? gpuTable(page.gpus, homes)
    : fieldTable(page.gpus, cols);
  ctx.out.result(
    { ...page, ...facts },
    rows.length === 0 ? "" : table(columns, rows, ctx.out),
  );
  if (page.gpus.length === 0) ctx.out.note("No GPU fits. --all shows those that aren't free.");
}

/** An object without what is undefined. */
function given<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const kept: { [K in keyof T]?: NonNullable<T[K]> } = {};
  for (const key in values) {
    const value = values[key];
    if (value !== undefined && value !== null) kept[key] = value;
  }
  return kept;
}
