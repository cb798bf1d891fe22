import { defineCommand } from "../command.ts";

export const command = defineCommand({
  name: "man",
  summary: "Print the manual page of all commands",
  about: "To read it at once: horizon man | man -l -",
  args: {},
  flags: {},
  examples: ["horizon man > horizon.1"],
  unlogged: true,
  local: true,
  async run(ctx) {
    const [{ manPage }, { COMMANDS }] = await Promise.all([
      import("../man.ts"),
      import("../commands.ts"),
    ]);
    const loaded = await Promise.all(Object.values(COMMANDS).map((entry) => entry.load()));
    const text = manPage(loaded.map(({ command }) => command));
    ctx.out.result({ man: text }, text);
  },
});
