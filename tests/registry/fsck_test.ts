import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { encodeBase64Url } from "@std/encoding/base64url";
import { HorizonError } from "../../src/base/errors.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import type { Identity } from "../../src/base/identity.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import { loadKeyFile } from "../../src/base/keyfile.ts";
import type { Checkpoint } from "../../src/protocol/feed.ts";
import { checkBackup } from "../../src/registry/fsck/check_backup.ts";
import { checkFolder, type Finding } from "../../src/registry/fsck/fsck.ts";
import { decodeBatch, encodeBatch } from "../../src/store/batch.ts";
import { KEYS } from "../../src/store/keys.ts";
import { Snapshots } from "../../src/store/snapshots.ts";
import { inFolder, stock, takeBackup } from "./backups.ts";
import { ManualClock, openTest } from "./harness.ts";

const clock = new ManualClock();
const check = (folder: string) => checkFolder({ folder, clock, onProgress() {} });

/** Runs a test on the folder of a registry that has stopped, with one of everything in it. */
async function onStocked(
  test: (folder: string, stocked: Awaited<ReturnType<typeof stock>>) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const registry = await openTest({ folder });
    const stocked = await stock(registry);
    await registry.close();
    await test(folder, stocked);
  });
}

/** The checks that found something wrong, each once, and what they said first. */
function wrongOf(findings: readonly Finding[]): Map<string, Finding> {
  const wrong = findings.filter(({ ok }) => !ok).reverse();
  return new Map(wrong.map((finding) => [finding.check, finding]));
}

interface StoredBatch {
  node: Identity;
  texts: string[];
  checkpoint: Checkpoint;
  isLast: boolean;
}

/** Changes the last stored batch that holds a text; returns the seq of its last event. */
async function changeBatch(
  folder: string,
  holds: string,
  change: (batch: StoredBatch) => Promise<{ texts: string[]; checkpoint: Checkpoint }>,
): Promise<number> {
  const node = await loadKeyFile(`${folder}/node.key`);
  using kv = await Deno.openKv(`${folder}/journal.kv`);
  const entries = await Array.fromAsync(kv.list<Uint8Array>({ prefix: KEYS.feed() }));
  for (const [i, { key, value }] of [...entries.entries()].reverse()) {
    const first_seq = Number(key[1]);
    const { records, checkpoint } = decodeBatch(first_seq, [value]);
    const texts = records.map((record) => new TextDecoder().decode(record));
    if (!texts.some((text) => text.includes(holds))) continue;
    const isLast = i === entries.length - 1;
    const changed = await change({ node, texts, checkpoint, isLast });
    const bytes = changed.texts.map((text) => new TextEncoder().encode(text));
    await kv.set(key, encodeBatch(bytes, changed.checkpoint));
    if (isLast) await kv.set(KEYS.head(), canonicalBytes(changed.checkpoint));
    return checkpoint.seq;
  }
  throw new Error(`no event holds ${holds}`);
}

/** A checkpoint over other events, signed by the node itself: what a lying operator would write. */
async function resigned({ node, checkpoint }: StoredBatch, texts: string[]): Promise<Checkpoint> {
  const unsigned = {
    seq: checkpoint.seq,
    hash: sha256Hex(texts.at(-1) ?? ""),
    node: node.id,
    epoch: checkpoint.epoch,
  };
  return { ...unsigned, sig: encodeBase64Url(await node.signAsync(canonicalBytes(unsigned))) };
}

/** Hashes of all files below a folder, by path; SQLite's own side files come and go. */
async function hashesIn(folder: string): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) { for (const [at, hash] of await hashesIn(path)) hashes.set(at, hash); }
    else if (!/-(wal|shm)$/.test(name)) hashes.set(path, sha256Hex(await Deno.readFile(path)));
  }
  return hashes;
}

Deno.test("fsck finds nothing wrong with a sound folder, and changes nothing in it", async () => {
  await onStocked(async (folder) => {
    const before = await hashesIn(folder);
    const findings = await check(folder);
    assertEquals(findings.filter(({ ok }) => !ok), []);
    const checks = findings.map((finding) => finding.check);
    for (
      const name of ["format", "key", "chain", "checkpoints", "signatures", "transitions"].concat(
        ["snapshots", "balances", "blobs", "job blobs", "openings"],
      )
    ) assert(checks.includes(name), name);
    const detail = (name: string) => findings.find((one) => one.check === name)?.detail ?? "";
    assertStringIncludes(detail("snapshots"), "1 equal the replay");
    assertStringIncludes(detail("job blobs"), "1 jobs");
    assertStringIncludes(detail("openings"), "all 1 sealed");
    assertStringIncludes(detail("blobs"), "3 have");
    assertEquals(await hashesIn(folder), before);
  });
});

Deno.test("fsck names a changed event", async () => {
  await onStocked(async (folder) => {
    const seq = await changeBatch(
      folder,
      '"gpu.registered"',
      ({ texts, checkpoint }) =>
        Promise.resolve({
          texts: texts.map((text) => text.replaceAll('"vram_gb":24', '"vram_gb":48')),
          checkpoint,
        }),
    );
    const wrong = wrongOf(await check(folder));
    assertEquals(wrong.get("chain")?.seq, seq);
    assertEquals(wrong.get("signatures")?.seq, seq);
    assert(wrong.has("transitions"));
  });
});

Deno.test("fsck names a checkpoint that the registry didn't sign", async () => {
  await onStocked(async (folder) => {
    const seq = await changeBatch(folder, '"gpu.judged"', ({ texts, checkpoint }) => {
      const sig = (checkpoint.sig.startsWith("A") ? "B" : "A") + checkpoint.sig.slice(1);
      return Promise.resolve({ texts, checkpoint: { ...checkpoint, sig } });
    });
    const findings = await check(folder);
    assertEquals([...wrongOf(findings).keys()], ["checkpoints"]);
    assertEquals(wrongOf(findings).get("checkpoints")?.seq, seq);
  });
});

Deno.test("fsck names an event that doesn't follow, however well it is hashed and signed", async () => {
  await onStocked(async (folder) => {
    const seq = await changeBatch(folder, '"wallet.deposited"', async (batch) => {
      assert(batch.isLast);
      const texts = batch.texts.map((text) =>
        // The event, not the intent that asked for it: money that nobody deposited.
        text.replace('"data":{"amount_micros":1,', '"data":{"amount_micros":1000000,')
      );
      assert(texts.join() !== batch.texts.join());
      return { texts, checkpoint: await resigned(batch, texts) };
    });
    const wrong = wrongOf(await check(folder));
    assertEquals([...wrong.keys()].sort(), ["balances", "transitions"]);
    assertEquals(wrong.get("transitions")?.seq, seq);
  });
});

Deno.test("fsck names an intent whose signature was forged", async () => {
  await onStocked(async (folder) => {
    const seq = await changeBatch(folder, '"wallet.deposited"', async (batch) => {
      const texts = batch.texts.map((text) =>
        text.replace(/"sig":"(.)/, (_, first) => `"sig":"${first === "A" ? "B" : "A"}`)
      );
      return { texts, checkpoint: await resigned(batch, texts) };
    });
    const findings = await check(folder);
    assertEquals([...wrongOf(findings).keys()], ["signatures"]);
    assertEquals(wrongOf(findings).get("signatures")?.seq, seq);
  });
});

Deno.test("fsck names a snapshot that differs from the replay, and a damaged one", async () => {
  await onStocked(async (folder) => {
    const snapshots = await Snapshots.open(`${folder}/snapshots`);
    const { snapshot } = await snapshots.latest();
    if (snapshot === null) throw new Error("there is no snapshot");
    const text = new TextDecoder().decode(snapshot.state);
    const richer = text.replace('"issuance_micros":-', '"issuance_micros":-1');
    await snapshots.write(snapshot.head, new TextEncoder().encode(richer));
    const wrong = wrongOf(await check(folder));
    assertEquals([...wrong.keys()], ["snapshots"]);
    assertStringIncludes(wrong.get("snapshots")?.detail ?? "", "another state");
    const [name] = [...Deno.readDirSync(`${folder}/snapshots`)].map((entry) => entry.name);
    await Deno.writeTextFile(`${folder}/snapshots/${name}`, "x", { append: true });
    assertStringIncludes(wrongOf(await check(folder)).get("snapshots")?.detail ?? "", "damaged");
  });
});

Deno.test("fsck names a changed blob, a missing one of a job, and a lost opening", async () => {
  await onStocked(async (folder, { renter, input, job_id, auction_id, bid_id }) => {
    const path = `${folder}/blobs/${renter.id}/${input}`;
    const bytes = await Deno.readFile(path);
    await Deno.writeFile(path, bytes.with(0, 0));
    const changed = wrongOf(await check(folder));
    assertEquals([...changed.keys()].sort(), ["blobs", "job blobs"]);
    assertStringIncludes(changed.get("blobs")?.detail ?? "", input);
    await Deno.remove(path);
    const missing = wrongOf(await check(folder));
    assertEquals([...missing.keys()], ["job blobs"]);
    assertStringIncludes(missing.get("job blobs")?.detail ?? "", job_id);
    await Deno.writeFile(path, bytes);
    await Deno.remove(`${folder}/sealed-bids/${auction_id}.openings`);
    const lost = wrongOf(await check(folder));
    assertEquals([...lost.keys()], ["openings"]);
    assertStringIncludes(lost.get("openings")?.detail ?? "", bid_id);
  });
});

Deno.test("fsck of a held folder says what to do, and a backup is checked while it is held", async () => {
  await inFolder(async (folder) => {
    await using registry = await openTest({ folder: `${folder}/data` });
    await stock(registry);
    const busy = await assertRejects(() => check(`${folder}/data`), HorizonError);
    assertEquals(busy.code, "folder_busy");
    assertStringIncludes(busy.fix ?? "", "--backup");
    const missing = await assertRejects(() => check(`${folder}/none`), HorizonError);
    assertEquals(missing.code, "not_found");
    await Deno.mkdir(`${folder}/shared`);
    await Deno.writeTextFile(`${folder}/shared/shared-store.json`, '{"kv":"http://store"}');
    const shared = await assertRejects(() => check(`${folder}/shared`), HorizonError);
    assertEquals(shared.code, "invalid_input");
    assertStringIncludes(shared.fix ?? "", "--backup");
    const file = `${folder}/b`;
    await takeBackup(registry, file);
    const { signal } = new AbortController();
    const sound = await checkBackup({ file, clock, signal, onProgress() {} });
    assertEquals(sound.filter(({ ok }) => !ok), []);
    await Deno.truncate(file, 2_000);
    const [cut] = await checkBackup({ file, clock, signal, onProgress() {} });
    assertEquals([cut?.check, cut?.ok], ["backup", false]);
  });
});

Deno.test("fsck names a key that is gone, a format that is unknown, and a file that is no database", async () => {
  await onStocked(async (folder) => {
    await Deno.remove(`${folder}/node.key`);
    await Deno.writeTextFile(`${folder}/format.json`, '{"format":9}\n');
    assertEquals([...wrongOf(await check(folder)).keys()].sort(), ["format", "key"]);
    await Deno.writeTextFile(`${folder}/format.json`, '{"format":1}\n');
    await Deno.writeTextFile(`${folder}/journal.kv`, "x".repeat(8192));
    assertEquals([...wrongOf(await check(folder)).keys()].sort(), ["format", "key"]);
  });
});
