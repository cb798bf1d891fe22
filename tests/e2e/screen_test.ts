import { assert, assertEquals } from "@std/assert";
import { typeInto } from "../cli/pty.ts";
import { BINARY, Home } from "./binary.ts";
import { gpuBody, newActor, serve } from "./served.ts";

const ENTER = "\u001b[?1049h\u001b[?25l";
const LEAVE = "\u001b[?25h\u001b[?1049l";

Deno.test("explore and top fill a real terminal, follow the market, and leave it as it was", async () => {
  await using operator = new Home("operator");
  await operator.json(["init"]);
  const registry = await serve(operator);
  const owner = registry.as(newActor());
  await owner.submit("gpu.register", gpuBody("rig-1", 300_000));
  await operator.json(["config", "--set", "registry", registry.url]);
  const env = { HORIZON_HOME: operator.folder };
  const explored = await typeInto({
    command: [BINARY, "explore", "rig-1"],
    env,
    steps: [
      { once: /gpu_id {2}"rig-1"/, type: "/price\r" },
      { once: /\$\.price_micros_per_hour/, type: "y" },
      { once: /copied/, type: "q" },
    ],
  });
  if (explored === null) return console.log("skipped: no script(1)");
  assertEquals(explored.code, 0);
  assert(explored.shown.includes(`\u001b]52;c;${btoa("$.price_micros_per_hour")}\u0007`));
  assert(explored.shown.startsWith(ENTER) && explored.shown.endsWith(LEAVE), explored.shown);
  const watched = await typeInto({
    command: [BINARY, "top"],
    env,
    steps: [
      { once: /rig-1/, type: "\t" },
      { once: /\[jobs\]/, type: "\u0003" },
    ],
  });
  assertEquals(watched?.code, 0);
  assert(watched?.shown.startsWith(ENTER) && watched.shown.endsWith(LEAVE));
});

Deno.test("a screen whose command is ended by a signal gives the terminal back", async () => {
  await using operator = new Home("operator");
  await operator.json(["init"]);
  const registry = await serve(operator);
  await operator.json(["config", "--set", "registry", registry.url]);
  const ended = await typeInto({
    command: [BINARY, "top"],
    env: { HORIZON_HOME: operator.folder },
    steps: [{ once: /q quit/, type: "" }],
    onStep: () => new Deno.Command("pkill", { args: ["-TERM", "-f", `^${BINARY} top`] }).output(),
  });
  if (ended === null) return console.log("skipped: no script(1)");
  assert(ended.shown.startsWith(ENTER) && ended.shown.endsWith(LEAVE), ended.shown);
});
