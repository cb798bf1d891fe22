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
import { openJournalFile, type OpenKv } from "../store/store.ts";
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

const EVIDENCE_LOSS = "Its node is followed again until it is found to have lied anew, by its " +
  "feed or by a peer's evidence.";
const REPLICA_FOLDER = "replicas";
const PeersFile = z.strictObject({
  v: z.literal(1),
  peers: z.array(PeerEntry).max(LIMITS.peers),
});

/** Where they lie, how they are opened, and who hears of damage. */
export interface FilesOptions {
  /** For peers and evidence, which several processes of a registry share. */
  files_folder: string;
  openKv?: OpenKv | undefined;
  /** Told of a file that can't be read: it is set aside, and the registry goes on without it. */
  onDamage(damage: HorizonError): void;
}

/** End of the name of a file that can't be read and was set aside. */
const DAMAGED_SUFFIX = ".damaged";

/** The files of federation: replicas in a data folder; peers and evidence there, or in a shared one. */
export function federationFiles(
  data_folder: string,
  { files_folder: folder, openKv = openJournalFile, onDamage }: FilesOptions,
): FederationFiles {
  const readSound = async <T extends z.ZodType>(schema: T, path: string, loss: string) => {
    const value = await readJsonFile(path);
    if (value === null) return null;
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    onDamage(await setAside(path, loss));
    return null;
  };
  const replicas = `${data_folder}/${REPLICA_FOLDER}`;
  const evidence = `${folder}/${EVIDENCE_FOLDER}`;
  return {
    async readPeers() {
      const loss = "The registry begins with no peers: connect them again.";
      return (await readSound(PeersFile, `${folder}/${PEERS_FILE}`, loss))?.peers ?? [];
    },
    async writePeers(peers) {
      const text = JSON.stringify({ v: 1, peers }, null, 2) + "\n";
      await writeFileAtomically(`${folder}/${PEERS_FILE}`, text);
    },
    openReplica: (node_id) => openReplica(`${replicas}/${node_id}`, openKv),
    dropReplica: (node_id) => removeIfThere(`${replicas}/${node_id}`),
    async readEvidence() {
      await makePrivateFolder(evidence);
      const found: Evidence[] = [];
      for await (const { name } of Deno.readDir(evidence)) {
        if (!/^[0-9a-f]{64}\.json$/.test(name)) continue;
        const one = await readSound(Evidence, `${evidence}/${name}`, EVIDENCE_LOSS);
        if (one !== null) found.push(one);
      }
      return found.sort((a, b) => a.found_at - b.found_at);
    },
    async writeEvidence(found) {
      const path = `${evidence}/${evidenceId(found)}.json`;
      await writeFileAtomically(path, JSON.stringify(found));
    },
  };
}

async function openReplica(folder: string, openKv: OpenKv): Promise<ReplicaStore> {
  await makePrivateFolder(folder);
  const path = `${folder}/${JOURNAL_FILE}`;
  const kv = await openKv(path);
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

/** Renames a file that can't be read, so that it can be looked at; what that means is told. */
async function setAside(path: string, loss: string): Promise<HorizonError> {
  const aside = path + DAMAGED_SUFFIX;
  await Deno.rename(path, aside);
  return new HorizonError(
    "data_corrupt",
    `${path} can't be read, and lies at ${aside} now. ${loss}`,
  );
}
