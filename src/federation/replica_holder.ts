import { HorizonError } from "../base/errors.ts";
import type { FederationFiles } from "./files.ts";
import type { ReplicaHolder } from "./intake.ts";
import { Replica, type SignatureChecks } from "./replica.ts";

export interface HolderOptions {
  files: FederationFiles;
  checks: SignatureChecks;
  /** What the replica may take on the disk. */
  max_bytes: number;
  /** GPUs that changed; null: all of them may have. */
  onChange(gpu_ids: ReadonlySet<string> | null): void;
  /** Told why a replica that can't be read is thrown away, or that a snapshot of it can't be written. */
  onFailure(what: string, thrown: unknown): void;
}

/**
 * Opens the replica of a node's feed, and makes it anew when asked to, or when what lies there is
 * damaged: it is a copy, and its node or any peer gives it again. Throws `disk_full`, or whatever keeps
 * an empty one from being made.
 */
export async function openHolder(node_id: string, options: HolderOptions): Promise<ReplicaHolder> {
  const { files, checks, max_bytes, onChange } = options;
  const open = async () => {
    const store = await files.openReplica(node_id);
    try {
      const onFailure = () => holder.onFailure();
      const onSnapshotFailure = (thrown: unknown) =>
        options.onFailure(`writing a snapshot of the replica of ${node_id}`, thrown);
      const given = { node_id, store, checks, onChange, onFailure, onSnapshotFailure };
      return { store, replica: await Replica.open(given) };
    } catch (thrown) {
      store.close();
      throw thrown;
    }
  };
  const openAnew = async () => {
    await files.dropReplica(node_id);
    return await open();
  };
  const onDamage = (thrown: unknown) =>
    options.onFailure(`reading the replica of ${node_id}, which is fetched anew`, thrown);
  let opened = await open().catch(async (thrown) => {
    if (!isDamage(thrown)) throw thrown;
    onDamage(thrown);
    return await openAnew();
  });
  const holder = {
    get replica() {
      return opened.replica;
    },
    async restart() {
      await opened.replica.close();
      opened = await openAnew();
      onChange(null);
    },
    async discard(thrown: unknown) {
      if (!isDamage(thrown)) throw thrown;
      onDamage(thrown);
      await holder.restart();
    },
    max_bytes,
    sizeBytes: () => opened.store.sizeBytes(),
    onFailure: () => {},
  };
  return holder;
}

/** Whatever a damaged file may bring about, from SQLite's words to an event that fits no state. */
function isDamage(thrown: unknown): boolean {
  return !(thrown instanceof HorizonError) || thrown.code !== "disk_full";
}
