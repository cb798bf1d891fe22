import { HorizonError } from "../../base/errors.ts";
import type { Identity } from "../../base/identity.ts";
import { loadKeyFile, NODE_KEY_FILE } from "../../base/keyfile.ts";
import { backupInvalid } from "../../protocol/backup.ts";
import type { BackupReader } from "../../protocol/backup_reader.ts";
import { writeDurably } from "../../store/durable_file.ts";

/** Puts the registry's key, the first section of a backup, in its place. Throws `backup_invalid`. */
export async function receiveKey(reader: BackupReader, folder: string): Promise<Identity> {
  const section = await reader.next();
  if (section.header.kind !== "key") {
    throw backupInvalid("it doesn't begin with the registry's key");
  }
  const path = `${folder}/${NODE_KEY_FILE}`;
  await writeDurably(path, [await reader.whole(section)]);
  try {
    return await loadKeyFile(path);
  } catch (thrown) {
    // Its own words name a file that is about to go.
    if (thrown instanceof HorizonError) throw backupInvalid("what it holds as its key is none");
    throw thrown;
  }
}
