import type { Clock } from "../../base/clock.ts";
import { HorizonError } from "../../base/errors.ts";
import { removeIfThere } from "../../store/durable_file.ts";
import { restoreBackup } from "../backup/restore.ts";
import { checkFolder, type Finding } from "./fsck.ts";

/**
 * Checks a backup as it would be used: restores it to a temporary folder, which goes again, and checks
 * that. A backup that can't be restored is a finding.
 */
export async function checkBackup(
  options: {
    file: string;
    clock: Clock;
    signal: AbortSignal;
    onProgress: (seq: number, of: number) => void;
  },
): Promise<Finding[]> {
  const temporary = await Deno.makeTempDir({ prefix: "horizon-fsck-" });
  const folder = `${temporary}/data`;
  try {
    const { seq } = await restoreBackup({ ...options, folder, onProgress() {} });
    const { clock, onProgress } = options;
    const detail = `whole, up to event ${seq}`;
    return [
      { check: "backup", ok: true, detail },
      ...await checkFolder({ folder, clock, onProgress }),
    ];
  } catch (thrown) {
    if (!(thrown instanceof HorizonError) || thrown.code !== "backup_invalid") throw thrown;
    return [{ check: "backup", ok: false, detail: thrown.message }];
  } finally {
    await removeIfThere(temporary);
  }
}
