import { assertEquals, assertMatch } from "@std/assert";
import { Home, parseDocument } from "./binary.ts";

const EXAMPLE = new URL("../../src/client/example.ts", import.meta.url);

Deno.test("the example of the SDK rents, computes and pays at a registry of the compiled binary", async () => {
  await using operator = new Home("operator");
  await using owner = new Home("owner");
  await using renter = new Home("renter");
  await operator.json(["init"]);
  const server = operator.start(
    ["serve", "--port", "0", "--allow-software", "--welcome-credit", "1", "--json"],
  );
  const url = String(parseDocument((await server.line(/^\{.*"url".*$/))[0])["url"]);
  for (const home of [owner, renter]) {
    await home.json(["init"]);
    await home.json(["config", "--set", "registry", url]);
  }
  await owner.json(["register-gpu", "--gpu-id", "rig-1", "--gpu-type", "auto", "--price", "0.36"]);
  await owner.start(["provide"]).line(/online/);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--frozen",
      "--allow-net=127.0.0.1",
      `--allow-read=${renter.folder}`,
      EXAMPLE.pathname,
      url,
      `${renter.folder}/config/key.pem`,
    ],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  assertMatch(text, /^rig-1 doubled 1000 numbers: 0 2 4 6 8 …\nIt cost \$0\.\d+\.\n$/);
});

Deno.test("the example imports nothing but the SDK's one entry", async () => {
  const text = await Deno.readTextFile(EXAMPLE);
  assertEquals([...text.matchAll(/from "([^"]*)"/g)].map(([, path]) => path), ["./mod.ts"]);
});
