import { assertEquals } from "@std/assert";
import { localTransport, readLocalAccess } from "../../src/client/local.ts";
import { LOCAL_TOKEN_HEADER } from "../../src/protocol/api.ts";
import { LOCAL_FILE } from "../../src/protocol/local.ts";
import { TemporaryFolder } from "../base/home.ts";
import { node } from "./server.ts";

const access = { node_id: node.id, url: "http://127.0.0.1:4321", token: "t".repeat(43) };

Deno.test("the holder's address and token are read, and the token goes into its header", async () => {
  await using home = new TemporaryFolder();
  assertEquals(await readLocalAccess(home.path), null);
  await Deno.writeTextFile(`${home.path}/${LOCAL_FILE}`, JSON.stringify(access));
  const read = await readLocalAccess(home.path);
  assertEquals(read, access);
  if (read === null) return;
  assertEquals(localTransport(read).headers[LOCAL_TOKEN_HEADER], access.token);
  assertEquals(localTransport({ ...read, token: null }).headers, {});
});

Deno.test("a damaged file says nothing", async () => {
  await using home = new TemporaryFolder();
  for (const text of ["", "{", "{}", JSON.stringify({ ...access, url: "x" }), "[]"]) {
    await Deno.writeTextFile(`${home.path}/${LOCAL_FILE}`, text);
    assertEquals(await readLocalAccess(home.path), null, text);
  }
});
