import { formatTime } from "../../base/time_text.ts";
import { defineCommand } from "../command.ts";
import { EventProgress } from "../event_progress.ts";
import { refuseHome } from "../home.ts";
import { facts } from "../table.ts";

export const command = defineCommand({
  name: "restore",
  summary: "Make a data folder of a backup",
  about:
    "Every hash and every signature of the feed's chain is checked on the way. The folder is there\n" +
    "complete, or not at all, and a folder with anything in it is never touched. The feed goes on in a\n" +
    "new epoch, which tells peers that what came after the backup is lost.",
  args: { file: { summary: "a file that horizon backup wrote" } },
  flags: { data: { kind: "text", value: "<folder>", summary: "the data folder to make" } },
  examples: [
    "horizon restore monday.horizon",
    "horizon restore monday.horizon --data /srv/registry",
  ],
  local: true,
  async run(ctx, { args, flags }) {
    refuseHome(ctx);
    const { restoreBackup } = await import("../../registry/backup/restore.ts");
    const folder = flags.data ?? ctx.folders.data;
    const progress = new EventProgress(ctx.out, "Restored");
    const restored = await restoreBackup({
      file: args.file,
      folder,
      clock: ctx.io.clock,
      signal: ctx.signal,
      onProgress: (seq, of) => progress.update(seq, of),
    }).finally(() => progress.done());
    const { node_id, seq, epoch, created_at, blobs } = restored;
    ctx.out.result(
      { folder, ...restored },
      facts([
        ["registry", node_id],
        ["folder", folder],
        ["backup of", formatTime(created_at)],
        ["events", String(seq)],
        ["blobs", String(blobs)],
        ["epoch", String(epoch)],
      ]),
    );
  },
});
