import { join } from "node:path";
import { HorizonError } from "../../base/errors.ts";
import { NODE_KEY_FILE } from "../../base/keyfile.ts";
import { Client } from "../../client/client.ts";
import { exists, writeBackup } from "../backup_file.ts";
import { defineCommand } from "../command.ts";
import { openDataFolder } from "../data_folder.ts";
import { OPERATOR_FLAGS, operatorKey } from "../operator.ts";
import { EventProgress } from "../event_progress.ts";
import { refuseHome } from "../home.ts";
import { checkNewFile } from "../new_file.ts";

export const command = defineCommand({
  name: "backup",
  summary: "Write all of a registry to a file, also while it serves",
  about:
    "The file holds the feed up to its last durable event, blobs, job logs, proofs, the sealed bids'\n" +
    "openings, and the registry's own key: whoever has it can act as the registry. It is made with\n" +
    "mode 0600, and has its name only once it is complete.",
  args: { file: { summary: "the file to make" } },
  flags: OPERATOR_FLAGS,
  examples: ["horizon backup monday.horizon", "horizon backup monday.horizon --data /srv/registry"],
  local: true,
  async run(ctx, { args, flags }) {
    refuseHome(ctx);
    await checkNewFile(args.file, exists);
    const folder = flags.data ?? ctx.folders.data;
    const key_path = join(folder, NODE_KEY_FILE);
    const node = await operatorKey(folder);
    const key = await Deno.readFile(key_path);
    const { transport, node: reached, close } = await openDataFolder(ctx, false, folder);
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(close);
    const { node_id } = reached;
    if (node_id !== node.id) {
      throw new HorizonError("forbidden", `The key in ${folder} is not the registry's own.`);
    }
    const client = new Client({ transport, identity: node, node_id, clock: ctx.io.clock });
    const progress = new EventProgress(ctx.out, "Backed up");
    const written = await writeBackup(
      args.file,
      key,
      client.backup(ctx.signal),
      ({ seq, of }) => progress.update(seq, of),
    ).finally(() => progress.done());
    const { path, seq, size_bytes } = written;
    ctx.out.result(
      written,
      `${path}: ${size_bytes} bytes, up to event ${seq}. It holds the registry's key: keep it secret.`,
    );
  },
});
