import { assert, assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../src/base/clock.ts";
import { HorizonError } from "../../src/base/errors.ts";
import { sha256 } from "../../src/base/hash.ts";
import { createKeyFile, loadKeyFile } from "../../src/base/keyfile.ts";
import { writeBackup } from "../../src/cli/backup_file.ts";
import { emptyState, evolve, stateHash } from "../../src/market/market.ts";
import { BACKUP_MAGIC } from "../../src/protocol/backup.ts";
import { BackupWriter } from "../../src/protocol/backup_writer.ts";
import { backupStream } from "../../src/registry/backup/backup_stream.ts";
import { EMPTY_HEAD } from "../../src/store/checkpoint.ts";
import type { Journal } from "../../src/store/journal.ts";
import { openStore } from "../../src/store/store.ts";
import { BIDDING_MS, passTime, readAuction } from "./auctions.ts";
import { backupChunks, inFolder, restoreTo, sectionsOf, stock, takeBackup } from "./backups.ts";
import { accepted, newActor, openTest, problemIn, sessionOf } from "./harness.ts";
import { openMember } from "./shared_registry.ts";
import { serveKvConnect } from "../store/kv_connect_server.ts";

/** The hash of the state after an event of a journal. */
async function hashAt(journal: Journal, seq: number): Promise<string> {
  const state = emptyState();
  for await (const { bytes } of journal.read({ after_seq: EMPTY_HEAD.seq, limit: seq })) {
    evolve(state, JSON.parse(new TextDecoder().decode(bytes)));
  }
  return stateHash(state);
}

Deno.test("a backup under writes restores to the state of its event, and goes on in a new epoch", async () => {
  await inFolder(async (folder) => {
    await using registry = await openTest();
    const { renter, job_id, input, auction_id } = await stock(registry);
    const before = registry.services.sequencer.feed.head.seq;
    const deposit = { to: renter.id, amount_micros: 1_000 };
    const write = () => accepted(registry, registry.node, "wallet.deposit", deposit);
    const { seq, node_id } = await takeBackup(registry, `${folder}/b`, write);
    assertEquals(seq, before);
    assert(registry.services.sequencer.feed.head.seq > before + 3, "nothing was written meanwhile");
    assertEquals(((await Deno.stat(`${folder}/b`)).mode ?? 0) & 0o777, 0o600);

    const restored = await restoreTo(`${folder}/b`, `${folder}/data`);
    assertEquals(restored, { ...restored, seq, node_id, blobs: 3 });
    assert(restored.epoch > 1);
    const store = await openStore(`${folder}/data`, { clock: systemClock });
    const expected = await hashAt(registry.services.store.journal, seq);
    assertEquals(await hashAt(store.journal, seq), expected);
    assertEquals(store.journal.head?.seq, seq);
    await store.close();

    await using again = await openTest({ folder: `${folder}/data`, clock: registry.clock });
    assertEquals(again.node.id, registry.node.id);
    const headers = await sessionOf(again, renter);
    const blob = await again.fetch(`/v1/jobs/${job_id}/blobs/${input}`, { headers });
    assertEquals(await blob.text(), "input of gpu-1");
    const log = await again.fetch(`/v1/jobs/${job_id}/logs`, { headers });
    assertEquals((await log.json()).lines[0].text, "hello");
    assertEquals((await Deno.readFile(`${folder}/data/proofs/gpu-1.answer`)).length, 100);
    assertEquals(await Deno.readTextFile(`${folder}/data/peers.json`), '{"v":1,"peers":[]}\n');
    await accepted(again, again.node, "wallet.deposit", deposit);
    assertEquals(again.services.store.journal.head?.epoch, restored.epoch);
    await passTime(again, BIDDING_MS);
    const { state, reason } = await readAuction(again, auction_id);
    assertEquals([state, reason], ["cleared", null]);
    const history = await again.fetch(`/v1/wallet/${renter.id}/history`);
    assert((await history.json()).movements.length > 1, "the archive was not built again");
  });
});

Deno.test("the openings of an auction that is cleared during the backup are in it", async () => {
  await inFolder(async (folder) => {
    await using registry = await openTest();
    const { auction_id } = await stock(registry);
    let isCleared = false;
    await takeBackup(registry, `${folder}/b`, async () => {
      if (!isCleared) await passTime(registry, BIDDING_MS);
      isCleared = true;
    });
    assertEquals((await readAuction(registry, auction_id)).state, "cleared");
    assertEquals(registry.services.openings.auctions(), []);
    await restoreTo(`${folder}/b`, `${folder}/data`);
    await using again = await openTest({ folder: `${folder}/data`, clock: registry.clock });
    await again.housekeeping.run();
    const { state, reason } = await readAuction(again, auction_id);
    assertEquals([state, reason], ["cleared", null]);
  });
});

Deno.test("blobs that go during the backup are left out of it, and so is an upload that is not whole", async () => {
  await using registry = await openTest();
  await stock(registry);
  const { blobs } = registry.services.store;
  const [first, ...others] = [...blobs.copies()];
  assert(first !== undefined && others.length === 2);
  let text = "";
  for await (const chunk of backupStream(registry.services)) {
    for (const copy of others.splice(0)) await blobs.delete(copy);
    text += new TextDecoder("latin1").decode(chunk);
  }
  assertEquals(text.match(/"kind":"blob"/g)?.length, 1);
  assert(text.includes(first.sha256) && !text.includes("9".repeat(64)));
  assert(text.includes('"kind":"end"'), "it is whole");
});

Deno.test("a backup is the operator's alone, one at a time, and never holds the key", async () => {
  await using registry = await openTest();
  await stock(registry);
  assertEquals((await problemIn(await registry.fetch("/v1/backup"))).code, "session_invalid");
  const headers = await sessionOf(registry, newActor());
  const refused = await registry.fetch("/v1/backup", { headers });
  assertEquals((await problemIn(refused)).code, "forbidden");
  const chunks = backupChunks(registry);
  let text = "";
  for await (const chunk of chunks) {
    text += new TextDecoder("latin1").decode(chunk);
    await assertRejects(() => backupChunks(registry).next(), Error, "running already");
  }
  assert(text.includes("manifest") && !text.includes("PRIVATE KEY"));
  assert((await backupChunks(registry).next()).done === false, "the first one never ended");
});

/** Asserts that a file is refused, with a code, and that nothing is left behind. */
async function refused(folder: string, bytes: Uint8Array, what: string, code = "backup_invalid") {
  await Deno.writeFile(`${folder}/damaged`, bytes);
  const error = await assertRejects(
    () => restoreTo(`${folder}/damaged`, `${folder}/data`),
    HorizonError,
  );
  assertEquals(error.code, code, `${what}: ${error.message}`);
  const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  assertEquals(left, ["b", "damaged"], what);
}

Deno.test("a damaged, cut, longer or foreign backup is refused, and leaves nothing", async () => {
  await inFolder(async (folder) => {
    await using registry = await openTest();
    await stock(registry);
    const evidence = `evidence/${"e".repeat(64)}.json`;
    await Deno.writeTextFile(`${registry.folder}/${evidence}`, "{}");
    await takeBackup(registry, `${folder}/b`);
    const whole = await Deno.readFile(`${folder}/b`);
    const sections = sectionsOf(whole);
    const kinds = new Map(sections.map((section) => [section.header.kind, section]));
    assertEquals(kinds.size, 10);
    for (const [kind, { at, header_at, body_at, hash_at, end }] of kinds) {
      for (
        const place of [at, header_at + 3, body_at - 2, body_at, hash_at - 1, hash_at, end - 1]
      ) {
        const damaged = whole.slice();
        damaged[place] = (damaged[place] ?? 0) ^ 1;
        await refused(folder, damaged, `${kind} at ${place}`);
      }
    }
    for (const { at, body_at, hash_at, end, header } of sections) {
      for (const cut of [at, at + 2, body_at - 1, body_at, hash_at + 5, end]) {
        if (cut < whole.length) await refused(folder, whole.subarray(0, cut), `${header.kind} cut`);
      }
      if (header.kind === "end") continue;
      const without = new Uint8Array([...whole.subarray(0, at), ...whole.subarray(end)]);
      await refused(folder, without, `without ${header.kind}`);
    }
    await refused(folder, new Uint8Array([...whole, 0]), "a byte more");
    await refused(folder, new Uint8Array([...whole, ...whole]), "twice");
    await refused(folder, new TextEncoder().encode("#!/bin/sh\necho not a backup\n"), "foreign");
    await refused(folder, new Uint8Array(), "empty");
    await restoreTo(`${folder}/b`, `${folder}/data`);
    assertEquals(await Deno.readTextFile(`${folder}/data/${evidence}`), "{}");
  });
});

/** The bytes of a key section, well formed. */
async function keySection(key: Uint8Array): Promise<Uint8Array> {
  const section = new BackupWriter().section({ kind: "key", size_bytes: key.length }, key);
  const parts: number[] = [];
  for await (const chunk of section) parts.push(...chunk);
  return new Uint8Array(parts);
}

/** Gives a section another body, with the right hash. */
function rewritten(whole: Uint8Array, kind: string, change: (body: string) => string): Uint8Array {
  const section = sectionsOf(whole).find(({ header }) => header.kind === kind);
  if (section === undefined) throw new Error(`no ${kind}`);
  const { header_at, body_at, hash_at, end } = section;
  const body = new TextEncoder().encode(
    change(new TextDecoder("latin1").decode(whole.subarray(body_at, hash_at))),
  );
  const hash = sha256(whole.subarray(header_at, body_at), body);
  return new Uint8Array([...whole.subarray(0, body_at), ...body, ...hash, ...whole.subarray(end)]);
}

Deno.test("another node's key, another version and a false name are refused, however well hashed", async () => {
  await inFolder(async (folder) => {
    await using registry = await openTest();
    await stock(registry);
    await takeBackup(registry, `${folder}/b`);
    const whole = await Deno.readFile(`${folder}/b`);
    const [key] = sectionsOf(whole);
    await createKeyFile(`${folder}/other.pem`);
    const other = await keySection(await Deno.readFile(`${folder}/other.pem`));
    await Deno.remove(`${folder}/other.pem`);
    const magic = new TextEncoder().encode(BACKUP_MAGIC);
    const rest = whole.subarray(key?.end);
    await refused(folder, new Uint8Array([...magic, ...other, ...rest]), "another key");
    await refused(
      folder,
      new Uint8Array([...magic, ...await keySection(new Uint8Array(119)), ...rest]),
      "no key",
    );
    const newer = rewritten(
      whole,
      "manifest",
      (text) => text.replace('"version":1', '"version":2'),
    );
    await refused(folder, newer, "newer", "unsupported_version");
    const format = rewritten(whole, "manifest", (text) => text.replace('"format":1', '"format":9'));
    await refused(folder, format, "format", "unsupported_version");
    const flipped = rewritten(whole, "blob", (text) => "x" + text.slice(1));
    await refused(folder, flipped, "a blob of another hash");
    const event = rewritten(whole, "batch", (text) => text.replace('"at":1', '"at":2'));
    await refused(folder, event, "a changed event");
  });
});

Deno.test("nothing is restored over data, nor written over a file", async () => {
  await inFolder(async (folder) => {
    await using registry = await openTest();
    await stock(registry);
    await takeBackup(registry, `${folder}/b`);
    const size = (await Deno.stat(`${folder}/b`)).size;
    const again = await assertRejects(() => takeBackup(registry, `${folder}/b`), HorizonError);
    assertEquals(again.code, "already_exists");
    assertEquals((await Deno.stat(`${folder}/b`)).size, size);
    await Deno.mkdir(`${folder}/data`);
    await Deno.writeTextFile(`${folder}/data/mine`, "mine");
    const over = await assertRejects(
      () => restoreTo(`${folder}/b`, `${folder}/data`),
      HorizonError,
    );
    assertEquals(over.code, "already_exists");
    assertEquals(await Deno.readTextFile(`${folder}/data/mine`), "mine");
    await Deno.remove(`${folder}/data/mine`);
    await Deno.mkdir(`${folder}/data.restoring`);
    await Deno.writeTextFile(`${folder}/data.restoring/journal.kv`, "of a killed attempt");
    await restoreTo(`${folder}/b`, `${folder}/data`);
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(left, ["b", "data"]);
  });
});

Deno.test("a backup whose stream breaks off leaves no file", async () => {
  await inFolder(async (folder) => {
    await using registry = await openTest();
    await stock(registry);
    const broken = await assertRejects(
      () => takeBackup(registry, `${folder}/b`, () => Promise.reject(new Error("the line broke"))),
      Error,
    );
    assertEquals(broken.message, "the line broke");
    assertEquals([...Deno.readDirSync(folder)], []);
    const cut = await assertRejects(
      // Past the life of the session, the registry sends no more.
      () =>
        takeBackup(registry, `${folder}/b`, () => Promise.resolve(registry.clock.pass(3_600_000))),
      HorizonError,
    );
    assertEquals(cut.code, "backup_invalid");
    assertEquals([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("a backup of several processes' registry holds what lies in the folder that they share", async () => {
  await inFolder(async (folder) => {
    const files_folder = `${folder}/shared`;
    const server = await serveKvConnect(`${folder}/store.kv`, { tokens: ["token"] });
    const store = { url: server.url, token: "token" };
    const member = await openMember({ store, files_folder, folder: `${folder}/member` });
    const files = [`peers.json`, `proofs/gpu-1.answer`];
    for (const name of files) await Deno.writeTextFile(`${files_folder}/${name}`, `{"v":1}`);
    const operator = await loadKeyFile(member.key_file);
    const key = await Deno.readFile(member.key_file);
    const chunks = member.as(operator).backup(new AbortController().signal);
    await writeBackup(`${folder}/b`, key, chunks, () => {});
    await member[Symbol.asyncDispose]();
    await server.close();
    await restoreTo(`${folder}/b`, `${folder}/data`);
    for (const name of files) {
      assertEquals(await Deno.readTextFile(`${folder}/data/${name}`), `{"v":1}`);
    }
  });
});
