import { HorizonError } from "../../base/errors.ts";
import { formatTime } from "../../base/time_text.ts";
import { EXIT } from "../../protocol/codes.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { ProofRecord, ProofSummary } from "../../protocol/proof_record.ts";
import { defineCommand } from "../command.ts";
import { connect, type Connection } from "../connect.ts";
import type { Context } from "../context.ts";
import { printable } from "../../base/printable.ts";
import { laterStages } from "../../protocol/proof_lines.ts";
import { facts, type Look, table } from "../table.ts";
import { readGpuId } from "../values.ts";
import type { Check } from "../verify/stored_proof.ts";

export const command = defineCommand({
  name: "gpu proof",
  summary: "Show how a GPU was proven, and check it yourself",
  about:
    "--verify reads the verdict in the registry's signed feed and the answer that was kept, and\n" +
    "checks the answer again on this machine's CPU; ends with 1 if anything is wrong. The time that\n" +
    "it took can't be checked later. What a proof shows, what it doesn't, and what each way to cheat\n" +
    'costs is told in the README, under "What a proof shows".',
  args: { gpu_id: { summary: "the GPU" } },
  flags: {
    verify: { kind: "boolean", summary: "check the latest proof again on this machine" },
    history: { kind: "boolean", summary: "list all verdicts on it, the newest first" },
    limit: {
      kind: "integer",
      value: "<count>",
      min: 1,
      max: LIMITS.proofs_page,
      summary: "at most so many of its history",
    },
    cursor: { kind: "text", value: "<cursor>", summary: "go on after an earlier page" },
  },
  examples: [
    "horizon gpu proof rig-1",
    "horizon gpu proof rig-1@berlin --verify --json",
    "horizon gpu proof rig-1 --history",
  ],
  async run(ctx, { args, flags }) {
    const gpu_id = readGpuId(args.gpu_id);
    if (flags.verify && flags.history) {
      throw new HorizonError(
        "invalid_input",
        "--verify checks the latest proof; --history lists them all.",
        {
          fix: "Give one of the two.",
        },
      );
    }
    if (!flags.history && (flags.limit !== undefined || flags.cursor !== undefined)) {
      throw new HorizonError("invalid_input", "--limit and --cursor page through the history.", {
        fix: "Add --history.",
      });
    }
    await using connection = await connect(ctx);
    if (flags.history) return await showHistory(ctx, connection, gpu_id, flags);
    const record = await connection.client.proofs.latest(gpu_id);
    if (flags.verify) return await verify(ctx, connection, record);
    ctx.out.result(record, facts(recordFacts(record, connection.suffix)));
  },
});

async function showHistory(
  ctx: Context,
  { client, suffix }: Connection,
  gpu_id: string,
  { limit, cursor }: { limit: number | undefined; cursor: string | undefined },
): Promise<void> {
  const page = await client.proofs.history(gpu_id, {
    ...(limit === undefined ? {} : { limit }),
    ...(cursor === undefined ? {} : { cursor }),
  });
  const { proofs, next_cursor } = page;
  ctx.out.result(page, proofs.length === 0 ? "" : historyTable(proofs, ctx.out));
  if (proofs.length === 0) ctx.out.note(`No proof of ${gpu_id}${suffix} is on record.`);
  if (next_cursor !== null) ctx.out.note(`Go on with --cursor ${next_cursor}`);
}

async function verify(
  ctx: Context,
  { client, suffix }: Pick<Connection, "client" | "suffix">,
  record: ProofRecord,
): Promise<number> {
  const { NOT_CHECKED, verifyProof } = await import("../verify/stored_proof.ts");
  const checks = await verifyProof(client, record);
  const ok = checks.every((one) => one.ok);
  if (!ok) {
    // Its answer may have given way to that of a proof which came meanwhile.
    const newer = await client.proofs.latest(record.gpu_id);
    if (newer.seq > record.seq) return await verify(ctx, { client, suffix }, newer);
  }
  const lines = [
    ...checks.map((
      one,
    ): [string, string] => [one.check, `${one.ok ? "ok" : "wrong"}: ${one.detail}`]),
    ...NOT_CHECKED.map((what): [string, string] => ["not checked", what]),
  ];
  ctx.out.result(
    { ...record, ok, checks, not_checked: NOT_CHECKED },
    facts([...recordFacts(record, suffix), ...lines]) + conclusion(checks),
  );
  return ok ? EXIT.ok : EXIT.failure;
}

function conclusion(checks: readonly Check[]): string {
  if (checks.every(({ ok }) => ok)) return "The proof on record holds.";
  return checks.some(({ check }) => check === "computation")
    ? "The proof on record does not hold."
    : "The proof on record can't be confirmed: there is no answer to check.";
}

function recordFacts(record: ProofRecord, suffix: string): [string, string][] {
  const { verdict, proof, answer_sha256 } = record;
  const { gops, elapsed_ms, m, k, n } = verdict.figures;
  const unopened = answer_sha256 === null
    ? "nothing: it did not get that far"
    : "not on record: it is of an older version of Horizon";
  const opened = proof === null
    ? unopened
    : `${proof.rows.length} rows, ${proof.lanes_opened.length} lanes of the chain, ` +
      `${proof.sweeps_opened.length} of ${proof.sweeps} sweeps`;
  return [
    ["GPU", record.gpu_id + suffix],
    ["verdict", printable(`${verdict.verdict}: ${verdict.reason}`)],
    ["product", `${gops} G-operations/s: ${m}×${k}×${n} in ${elapsed_ms} ms`],
    ...laterStages(verdict),
    ...verdict.contradicts.map((line): [string, string] => ["contradicts", line]),
    ["opened", opened],
    ["at", `${formatTime(record.at)}, event ${record.seq}`],
    ["because of", record.reason ?? "unknown"],
    ["prover", record.owner],
    ["challenge", record.challenge_id],
    ["answer", answer_sha256 ?? "none"],
  ];
}

function historyTable(proofs: readonly ProofSummary[], look: Look): string {
  return table(
    [
      { heading: "AT" },
      { heading: "EVENT", numeric: true },
      { heading: "VERDICT" },
      { heading: "CLASS" },
      { heading: "REASON" },
      { heading: "GOP/S", numeric: true },
      { heading: "CHAIN", numeric: true },
      { heading: "MB/S", numeric: true },
      { heading: "STEP" },
    ],
    proofs.map(({ at, seq, verdict, reason }) => {
      const { gops, chain_gops, memory_mb_per_s } = verdict.figures;
      const figures = [gops, chain_gops, memory_mb_per_s].map((value) => String(value ?? ""));
      const what = [verdict.verdict, verdict.class, reason ?? ""];
      return [formatTime(at), String(seq), ...what, ...figures, verdict.step ?? ""];
    }),
    look,
  );
}
