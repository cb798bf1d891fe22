import type { FederationFiles } from "./files.ts";
import type { ReplicaHolder } from "./intake.ts";
import { Replica, type ReplicaStore, type SignatureChecks } from "./replica.ts";

export interface HolderOptions {
  files: FederationFiles;
  checks: SignatureChecks;
  /** What the replica may take on the disk. */
  max_bytes: number;
  /** GPUs that changed; null: all of them may have. */
  onChange(gpu_ids: ReadonlySet<string> | null): void;
}

/** Opens the replica of a node's feed, and makes it anew when asked to. Throws `data_corrupt`. */
export async function openHolder(node_id: string, options: HolderOptions): Promise<ReplicaHolder> {
  const { files, checks, max_bytes, onChange } = options;
  const open = async (store: ReplicaStore) => {
    const onFailure = () => holder.onFailure();
    return await Replica.open({ node_id, store, checks, onChange, onFailure });
  };
  let store = await files.openReplica(node_id);
  const holder = {
    replica: await open(store),
    async restart() {
      await holder.replica.close();
      await files.dropReplica(node_id);
      store = await files.openReplica(node_id);
      holder.replica = await open(store);
      onChange(null);
    },
    max_bytes,
    sizeBytes: () => store.sizeBytes(),
    onFailure: () => {},
  };
  return holder;
}
