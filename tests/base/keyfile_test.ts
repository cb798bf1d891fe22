import { assert, assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { createKeyFile, keyFilePath, loadKeyFile } from "../../src/base/keyfile.ts";
import { TemporaryFolder } from "./home.ts";

async function codeOf(work: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => work, HorizonError)).code;
}

Deno.test("a key file gives its key back, and only its owner may read it", async () => {
  await using home = new TemporaryFolder();
  const path = keyFilePath(`${home.path}/config`, null);
  const made = await createKeyFile(path);
  assertEquals((await loadKeyFile(path)).id, made.id);
  assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  assertEquals([...Deno.readDirSync(`${home.path}/config`)].map((entry) => entry.name), [
    "key.pem",
  ]);
});

Deno.test("a key file is never written over", async () => {
  await using home = new TemporaryFolder();
  const path = `${home.path}/key.pem`;
  const made = await createKeyFile(path);
  assertEquals(await codeOf(createKeyFile(path)), "already_exists");
  assertEquals((await loadKeyFile(path)).id, made.id);
});

Deno.test("of two that make the same key file at once, one wins and one is told", async () => {
  await using home = new TemporaryFolder();
  const path = `${home.path}/key.pem`;
  const made = await Promise.allSettled([1, 2, 3, 4].map(() => createKeyFile(path)));
  const winners = made.filter((result) => result.status === "fulfilled");
  assertEquals(winners.length, 1);
  assertEquals((await loadKeyFile(path)).id, winners[0]?.value.id);
});

Deno.test("a key file that the group or others may touch is refused, with the chmod", async () => {
  await using home = new TemporaryFolder();
  const path = `${home.path}/key.pem`;
  await createKeyFile(path);
  for (const mode of [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o666]) {
    await Deno.chmod(path, mode);
    const error = await assertRejects(() => loadKeyFile(path), HorizonError);
    assertEquals(error.code, "key_exposed", mode.toString(8));
    assertEquals(error.fix, `Run: chmod 600 ${path}`);
  }
  await Deno.chmod(path, 0o400);
  await loadKeyFile(path);
});

Deno.test("a missing key file says what makes one", async () => {
  const error = await assertRejects(() => loadKeyFile("/nowhere/key.pem"), HorizonError);
  assertEquals(error.code, "key_missing");
  assertEquals(error.fix, "Run: horizon init");
});

Deno.test("a damaged key file is refused without repeating what it holds", async () => {
  await using home = new TemporaryFolder();
  const path = `${home.path}/key.pem`;
  await createKeyFile(path);
  const good = await Deno.readTextFile(path);
  const body = good.split("\n")[1] ?? "";
  const damaged = [
    "",
    "x",
    body,
    good.replace(body, body.slice(0, -8)),
    good.replace(body, body.slice(0, -4) + "!!!!"),
    good.replace(body, "BAAA" + body.slice(4)),
    good.replace("PRIVATE KEY", "RSA PRIVATE KEY"),
    good + "\u0000".repeat(5000),
  ];
  for (const text of damaged) {
    await Deno.writeTextFile(path, text);
    const error = await assertRejects(() => loadKeyFile(path), HorizonError);
    assertEquals(error.code, "invalid_key");
    assert(!`${error.message}${error.fix}${String(error.cause)}`.includes(body.slice(24, 40)));
  }
  await Deno.remove(path);
  await Deno.mkdir(path);
  assertEquals(await codeOf(loadKeyFile(path)), "invalid_key");
});
