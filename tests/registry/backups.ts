import { NODE_KEY_FILE } from "../../src/base/keyfile.ts";
import { writeBackup, type WrittenBackup } from "../../src/cli/backup_file.ts";
import { serialize } from "../../src/market/market.ts";
import { SectionHeader } from "../../src/protocol/backup.ts";
import { restoreBackup, type Restored } from "../../src/registry/backup/restore.ts";
import { newBidder, sealBid, startAuction } from "./auctions.ts";
import { accepted, listGpu, ManualClock, newActor, rentGpu, sessionOf } from "./harness.ts";
import type { TestRegistry } from "./harness.ts";
import { putBlob, submitJob } from "./jobs.ts";

/**
 * One of everything that a registry keeps: money, a lease, a job with its blobs and log, an upload that
 * was cut off, a sealed bid.
 */
export async function stock(registry: TestRegistry) {
  const [owner, renter] = [newActor(), newActor()];
  await listGpu(registry, owner, "gpu-1");
  await listGpu(registry, owner, "gpu-2");
  await rentGpu(registry, renter, "gpu-1");
  const { job_id, input } = await submitJob(registry, renter, "gpu-1");
  await (await putBlob(registry, renter, new Uint8Array(600_000).fill(7))).body?.cancel();
  const { jobLogs, store } = registry.services;
  const part = { sha256: "9".repeat(64), actor: renter.id, offset_bytes: 0, size_bytes: 2_000 };
  await store.blobs.add(new Uint8Array(1_000), part);
  await jobLogs.append(job_id, [{ at: registry.clock.now(), kind: "log", text: "hello" }]);
  await Deno.writeFile(`${registry.folder}/proofs/gpu-1.answer`, new Uint8Array(100).fill(3));
  await Deno.writeTextFile(`${registry.folder}/peers.json`, '{"v":1,"peers":[]}\n');
  const auction_id = await startAuction(registry, owner, "gpu-2");
  const bid_id = await sealBid(registry, await newBidder(registry), auction_id, 200_000);
  const { sequencer } = registry.services;
  await store.snapshots.write(sequencer.head, serialize(sequencer.state));
  await accepted(registry, registry.node, "wallet.deposit", { to: owner.id, amount_micros: 1 });
  return { owner, renter, job_id, input, auction_id, bid_id };
}

/** The chunks of a backup as the operator gets them over HTTP; `between` runs before each. */
export async function* backupChunks(
  registry: TestRegistry,
  between: () => Promise<unknown> = () => Promise.resolve(),
): AsyncGenerator<Uint8Array> {
  const headers = await sessionOf(registry, registry.node);
  const response = await registry.fetch("/v1/backup", { headers });
  if (response.body === null || !response.ok) throw new Error(await response.text());
  for await (const chunk of response.body) {
    yield chunk;
    await between();
  }
}

/** Takes a backup of a registry to a file. */
export async function takeBackup(
  registry: TestRegistry,
  path: string,
  between?: () => Promise<unknown>,
): Promise<WrittenBackup> {
  const key = await Deno.readFile(`${registry.folder}/${NODE_KEY_FILE}`);
  return await writeBackup(path, key, backupChunks(registry, between), () => {});
}

/** Restores a backup. */
export function restoreTo(file: string, folder: string): Promise<Restored> {
  const { signal } = new AbortController();
  const clock = new ManualClock();
  return restoreBackup({ file, folder, clock, signal, onProgress() {} });
}

/** A section of a backup: where its parts begin. */
export interface SectionPlace {
  header: SectionHeader;
  /** Of its size word. */
  at: number;
  header_at: number;
  body_at: number;
  hash_at: number;
  end: number;
}

/** The sections of a backup's bytes, found by a reader of the test's own. */
export function sectionsOf(bytes: Uint8Array): SectionPlace[] {
  const words = new DataView(bytes.buffer);
  const sections: SectionPlace[] = [];
  for (let at = bytes.indexOf(0x0a) + 1; at < bytes.length;) {
    const header_at = at + 4;
    const body_at = header_at + words.getUint32(at, true);
    const text = new TextDecoder().decode(bytes.subarray(header_at, body_at));
    const header = SectionHeader.parse(JSON.parse(text));
    const hash_at = body_at + header.size_bytes;
    sections.push({ header, at, header_at, body_at, hash_at, end: hash_at + 32 });
    at = hash_at + 32;
  }
  return sections;
}

/** Runs a test in a folder that goes again. */
export async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
