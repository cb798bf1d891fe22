import { EXIT } from "../../protocol/codes.ts";
import type { SelfTestReport, SelfTestRow } from "../../protocol/self_test.ts";
import { defineCommand } from "../command.ts";
import { refuseHome } from "../home.ts";
import { Progress } from "../progress.ts";
import { type Look, table } from "../table.ts";

export const command = defineCommand({
  name: "self-test",
  summary: "Check this machine: GPU, jail, disk, keys, clock, registry",
  about:
    "Each row says what is needed, what was found and what to do about it: pass, warn (it works,\n" +
    "within a limit), fail, or skip (it can't be asked here). Ends with 1 if a row failed.\n" +
    "It works without a GPU, a key or a registry, and changes nothing; the GPU's driver is tried in\n" +
    "a child process, so that one that crashes is a row of the report.\n" +
    "--bundle also writes the rows with versions, the configuration and the last operations to a new\n" +
    "file that you can attach to a bug report: keys, tokens, addresses, user names and home folders\n" +
    "are taken out. Read it before you send it.\n" +
    "--jail prints instead all that a renter's job may have of this machine: every path and system\n" +
    "call with its reason, and what is taken from its runtime.",
  args: {},
  flags: {
    bundle: { kind: "text", value: "<file>", summary: "write a redacted report to a new file" },
    jail: { kind: "boolean", summary: "print what a job may have of this machine, and why" },
  },
  examples: [
    "horizon self-test",
    "horizon self-test --json",
    "horizon self-test --bundle bug.json",
  ],
  unlogged: true,
  local: true,
  async run(ctx, { flags }) {
    refuseHome(ctx);
    if (flags.jail) {
      const { formatJailContents, jailContents } = await import("../../provider/jail.ts");
      const contents = jailContents();
      ctx.out.result(contents, `${formatJailContents(contents)}\n`);
      return EXIT.ok;
    }
    const { checkBundlePath, writeBundle } = await import("../self_test/bundle.ts");
    const [{ allChecks }, { runChecks }] = await Promise.all([
      import("../self_test/checks.ts"),
      import("../self_test/run_checks.ts"),
    ]);
    if (flags.bundle !== undefined) await checkBundlePath(flags.bundle);
    const rows: SelfTestRow[] = [];
    const progress = new Progress(ctx.out);
    const onCheck = ({ id }: { id: string }) => {
      if (ctx.out.live) progress.update(`checking ${id}`);
    };
    await runChecks(allChecks(ctx), { signal: ctx.signal, onCheck }, (row) => rows.push(row))
      .finally(() => progress.done());
    const report: SelfTestReport = { ok: rows.every(({ result }) => result !== "fail"), rows };
    ctx.out.result(report, reportText(report, ctx.out));
    if (flags.bundle !== undefined) {
      await writeBundle(ctx, flags.bundle, report);
      ctx.out.note(`Wrote ${flags.bundle}. Read it before you send it.`);
    }
    return report.ok ? EXIT.ok : EXIT.failure;
  },
});

/** The rows in a table, then what is required and what to do for those that aren't as they should be. */
function reportText({ ok, rows }: SelfTestReport, look: Look): string {
  const columns = [{ heading: "RESULT" }, { heading: "CHECK" }, { heading: "FOUND" }];
  const lines = table(columns, rows.map(({ result, id, actual }) => [result, id, actual]), look);
  const remedies = rows.filter(({ remedy }) => remedy !== null).map((row) =>
    `\n${row.id}: ${row.purpose}\n  needed: ${row.required}\n  remedy: ${row.remedy}\n`
  );
  const count = (wanted: string) => rows.filter(({ result }) => result === wanted).length;
  const sum = ["pass", "warn", "fail", "skip"].map((name) => `${count(name)} ${name}`).join(", ");
  return `${lines}${remedies.join("")}\n${sum}: ${ok ? "nothing failed" : "something failed"}.\n`;
}
