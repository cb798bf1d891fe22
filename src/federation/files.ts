import * as z from "zod";
import { writeFileAtomically } from "../base/atomic_file.ts";
import { HorizonError } from "../base/errors.ts";
import { evidenceId } from "../protocol/evidence.ts";
import { LIMITS } from "../protocol/limits.ts";
import { Evidence, NodeAlias, NodeRecord, NodeUrl } from "../protocol/network.ts";
import { ActorId } from "../protocol/text.ts";
import { makePrivateFolder, removeIfThere } from "../store/durable_file.ts";
import { Journal } from "../store/journal.ts";
import { EVIDENCE_FOLDER, JOURNAL_FILE, PEERS_FILE, SNAPSHOT_FOLDER } from "../store/layout.ts";
import { Snapshots } from "../store/snapshots.ts";
import { openJournalFile } from "../store/store.ts";
import type { ReplicaStore } from "./replica.ts";

/** A node that this registry knows, as it is kept. */
export const PeerEntry = z.strictObject({
  node_id: ActorId,
  alias: NodeAlias.nullable(),
  /** True if the operator connected it. */
  connected: z.boolean(),
  /** Where it was reached; its record may name other places. */
  url: NodeUrl.nullable(),
  record: NodeRecord.nullable(),
});
export type PeerEntry = z.infer<typeof PeerEntry>;

/** What federation keeps: peers, replicas of their feeds, and evidence. */
export interface FederationFiles {
  readPeers(): Promise<PeerEntry[]>;
  writePeers(entries: readonly PeerEntry[]): Promise<void>;
  openReplica(node_id: string): Promise<ReplicaStore>;
  dropReplica(node_id: string): Promise<void>;
  /** Oldest first. */
  readEvidence(): Promise<Evidence[]>;
  writeEvidence(evidence: Evidence): Promise<void>;
}

const REPLICA_FOLDER = "replicas";
const PeersFile = z.strictObject({
  v: z.literal(1),
  peers: z.array(PeerEntry).max(LIMITS.peers),
});

/** The files of federation: replicas in a data folder; peers and evidence there, or in a shared one. */
export function federationFiles(data_folder: string, folder = data_folder): FederationFiles {
  const replicas = `${data_folder}/${REPLICA_FOLDER}`;
  const evidence = `${folder}/${EVIDENCE_FOLDER}`;
  return {
    async readPeers() {
      const value = await readJsonFile(`${folder}/${PEERS_FILE}`);
      return value === null ? [] : parsed(PeersFile, value, PEERS_FILE).peers;
    },
    async writePeers(peers) {
      const text = JSON.stringify({ v: 1, peers }, null, 2) + "\n";
      await writeFileAtomically(`${folder}/${PEERS_FILE}`, text);
    },
    openReplica: (node_id) => openReplica(`${replicas}/${node_id}`),
    dropReplica: (node_id) => removeIfThere(`${replicas}/${node_id}`),
    async readEvidence() {
      await makePrivateFolder(evidence);
      const found: Evidence[] = [];
      for await (const { name } of Deno.readDir(evidence)) {
        if (!/^[0-9a-f]{64}\.json$/.test(name)) continue;
        found.push(parsed(Evidence, await readJsonFile(`${evidence}/${name}`), name));
      }
      return found.sort((a, b) => a.found_at - b.found_at);
    },
    async writeEvidence(found) {
      const path = `${evidence}/${evidenceId(found)}.json`;
      await writeFileAtomically(path, JSON.stringify(found));
    },
  };
}

async function openReplica(folder: string): Promise<ReplicaStore> {
  await makePrivateFolder(folder);
  const path = `${folder}/${JOURNAL_FILE}`;
  const kv = await openJournalFile(path);
  try {
    const journal = await Journal.open(kv);
    const snapshots = await Snapshots.open(`${folder}/${SNAPSHOT_FOLDER}`);
    const sizeBytes = async () => await fileBytes(path) + await fileBytes(`${path}-wal`);
    return { journal, snapshots, sizeBytes, close: () => kv.close() };
  } catch (thrown) {
    kv.close();
    throw thrown;
  }
}

async function fileBytes(path: string): Promise<number> {
  const info = await Deno.stat(path).catch((thrown) => {
    if (thrown instanceof Deno.errors.NotFound) return { size: 0 };
    throw thrown;
  });
  return info.size;
}

async function readJsonFile(path: string): Promise<unknown> {
  const text = await Deno.readTextFile(path).catch((cause) => {
    if (cause instanceof Deno.errors.NotFound) return null;
    throw cause;
  });
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parsed<T extends z.ZodType>(schema: T, value: unknown, name: string): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new HorizonError("data_corrupt", `The file ${name} of the data folder can't be read`, {
    fix: "Remove it and connect the peers again, or restore the folder from a backup.",
  });
}
