import { assertEquals, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { foldersOf, makePrivateFolder } from "../../src/base/paths.ts";
import { TemporaryFolder } from "./home.ts";

const env = (values: Record<string, string>) => ({ get: (name: string) => values[name] });

Deno.test("HORIZON_HOME holds everything", () => {
  assertEquals(foldersOf(env({ HORIZON_HOME: "/x", XDG_DATA_HOME: "/d", HOME: "/h" })), {
    config: "/x/config",
    data: "/x/data",
    state: "/x/state",
  });
});

Deno.test("without it, the XDG folders hold their part, and HOME the rest", () => {
  assertEquals(foldersOf(env({ HOME: "/h", XDG_DATA_HOME: "/d" })), {
    config: "/h/.config/horizon",
    data: "/d/horizon",
    state: "/h/.local/state/horizon",
  });
});

Deno.test("a relative XDG path is ignored, as the specification asks", () => {
  assertEquals(
    foldersOf(env({ HOME: "/h", XDG_CONFIG_HOME: "here" })).config,
    "/h/.config/horizon",
  );
});

Deno.test("without any home it says what to set", () => {
  const error = assertThrows(() => foldersOf(env({})), HorizonError);
  assertEquals(error.fix?.includes("HORIZON_HOME"), true);
});

Deno.test("a private folder lets only its owner in", async () => {
  await using home = new TemporaryFolder();
  const path = `${home.path}/a/b`;
  await makePrivateFolder(path);
  await makePrivateFolder(path);
  assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o700);
});
