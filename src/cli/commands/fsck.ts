import { EXIT } from "../../protocol/codes.ts";
import { defineCommand } from "../command.ts";
import { EventProgress } from "../event_progress.ts";
import { refuseHome } from "../home.ts";
import { table } from "../table.ts";

export const command = defineCommand({
  name: "fsck",
  summary: "Check everything in a registry's data folder",
  about:
    "It checks the feed's chain, every signature, every transition by deciding it again, that snapshots\n" +
    "equal the replay, that all money sums to zero, and every blob. It changes nothing, and ends with 1\n" +
    "if anything is wrong. The registry must be stopped; while it runs, check a backup instead.",
  args: {},
  flags: {
    data: { kind: "text", value: "<folder>", summary: "the data folder" },
    backup: { kind: "text", value: "<file>", summary: "check this backup instead" },
  },
  examples: ["horizon fsck", "horizon fsck --backup monday.horizon --json"],
  local: true,
  async run(ctx, { flags }) {
    refuseHome(ctx);
    const progress = new EventProgress(ctx.out, "Checked");
    const { io: { clock }, signal } = ctx;
    const onProgress = (seq: number, of: number) => progress.update(seq, of);
    const folder = flags.data ?? ctx.folders.data;
    const file = flags.backup;
    const checking = file === undefined
      ? import("../../registry/fsck/fsck.ts").then(({ checkFolder }) =>
        checkFolder({ folder, clock, onProgress })
      )
      : import("../../registry/fsck/check_backup.ts").then(({ checkBackup }) =>
        checkBackup({ file, clock, signal, onProgress })
      );
    const findings = await checking.finally(() => progress.done());
    const ok = findings.every((finding) => finding.ok);
    const rows = findings.map(({ check, ok, detail, seq }) => [
      ok ? "ok" : "WRONG",
      check,
      seq === undefined ? "" : String(seq),
      detail,
    ]);
    const columns = [{ heading: "" }, { heading: "CHECK" }, { heading: "EVENT" }, { heading: "" }];
    ctx.out.result({ ok, checked: file ?? folder, findings }, table(columns, rows, ctx.out));
    return ok ? EXIT.ok : EXIT.failure;
  },
});
