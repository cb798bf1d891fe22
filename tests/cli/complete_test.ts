import { assert, assertEquals } from "@std/assert";
import { COMMANDS } from "../../src/cli/commands.ts";
import { complete } from "../../src/cli/complete/complete.ts";
import { systemIo } from "../../src/cli/io.ts";
import { Person } from "./person.ts";
import { typeInto } from "./pty.ts";
import { serve } from "./served.ts";

const MAIN_URL = new URL("../../src/main.ts", import.meta.url).href;

/** The words that could stand next for a person. */
async function words(person: Person, ...given: string[]): Promise<string[]> {
  const env = { get: (name: string) => name === "HORIZON_HOME" ? person.home : undefined };
  const text = await complete(given, { ...systemIo(), env }, MAIN_URL);
  return text.split("\n").filter((line) => line !== "").map((line) => line.split("\t")[0] ?? "");
}

Deno.test("commands, members of groups and flags are completed from the table of commands", async () => {
  await using person = new Person();
  const heads = new Set(Object.keys(COMMANDS).map((name) => name.split(" ")[0]));
  assertEquals(new Set(await words(person, "")), new Set([...heads, "help"]));
  assertEquals(await words(person, "vers"), ["version"]);
  assertEquals(await words(person, "lease", ""), ["list", "end", "extend"]);
  assertEquals(await words(person, "lease", "e"), ["end", "extend"]);
  assertEquals(await words(person, "bid", "b"), ["bulk"]);
  assertEquals(await words(person, "rent", "rig-1", "--du"), ["--duration"]);
  assertEquals(await words(person, "list-gpus", "--all", "--al"), []);
  assertEquals(await words(person, "list-gpus", "--verdict", "s"), ["software"]);
  assertEquals(await words(person, "auction", "start", "rig-1", "--format", "e"), ["english"]);
  assertEquals(await words(person, "config", "--set", "max_p"), ["max_price"]);
  assertEquals(await words(person, "config", "--set", "allow_software", ""), ["true", "false"]);
  assertEquals(await words(person, "completions", ""), ["bash", "zsh", "fish"]);
  assertEquals(await words(person, "help", "ow"), ["owner"]);
  for (
    const nothing of [["nonsense", ""], ["version", ""], ["rent", "--nonsense", ""], ["\u001b[31m"]]
  ) {
    assertEquals(await words(person, ...nothing), []);
  }
});

Deno.test("ids come from the registry: GPUs, leases and jobs; from none that is gone, in silence", async () => {
  await using operator = new Person();
  await operator.json("init");
  await using person = new Person();
  await person.json("init");
  {
    await using served = await serve(operator);
    await person.json("config", "--set", "registry", served.url);
    const { listGpu } = await import("./listing.ts");
    await listGpu(operator, { gpu_id: "rig-1", price: "0.30" }, served.folder);
    assertEquals(await words(person, "explore", ""), ["rig-1"]);
    assertEquals(await words(person, "rent", "ri"), ["rig-1"]);
    assertEquals(await words(person, "rent", "x"), []);
    assertEquals(await words(person, "gpu", "update", ""), []);
    assertEquals(await words(person, "lease", "end", ""), []);
  }
  assertEquals(await words(person, "rent", ""), []);
});

/** A folder with a `horizon` that runs this checkout. */
async function fakeBin(): Promise<string> {
  const folder = await Deno.makeTempDir();
  const main = new URL(MAIN_URL).pathname;
  const script = `#!/bin/sh\nexec ${Deno.execPath()} run --no-check -A ${main} "$@"\n`;
  await Deno.writeTextFile(`${folder}/horizon`, script, { mode: 0o755 });
  return folder;
}

const SHELLS: Record<string, { start: string[]; load: string }> = {
  bash: {
    start: ["bash", "--norc", "--noprofile", "-i"],
    load: "source <(horizon completions bash)",
  },
  zsh: { start: ["zsh", "-f", "-i"], load: "source <(horizon completions zsh)" },
  fish: { start: ["fish", "--no-config", "-i"], load: "horizon completions fish | source" },
};

for (const [name, { start, load }] of Object.entries(SHELLS)) {
  Deno.test(`${name} completes a command at the key, and runs what it completed`, async () => {
    const bin = await fakeBin();
    const env = { PATH: `${bin}:${Deno.env.get("PATH")}`, HORIZON_HOME: bin };
    const done = await typeInto({
      command: start,
      env,
      steps: [
        { once: /[$#>%] ?/, type: `${load}; echo rea''dy1\n` },
        // What is typed before the shell has loaded the script would be completed without it.
        { once: /ready1\r\n/, type: "horizon vers\t\n exit\n" },
      ],
    });
    if (done === null) console.log(`skipped: no ${name}, or no script(1)`);
    else assert(/horizon \d+\.\d+\.\d+/.test(done.shown), done.shown);
    await Deno.remove(bin, { recursive: true });
  });
}
