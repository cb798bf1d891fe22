import { defineCommand } from "../command.ts";
import { SCRIPTS, SHELLS } from "../complete/scripts.ts";
import { readOneOf } from "../values.ts";

export const command = defineCommand({
  name: "completions",
  summary: "Print what makes a shell complete commands, flags and ids",
  about: "For bash, in ~/.bashrc:      source <(horizon completions bash)\n" +
    "For zsh, in ~/.zshrc:        source <(horizon completions zsh)\n" +
    "For fish, once:              horizon completions fish > ~/.config/fish/completions/horizon.fish\n" +
    "\n" +
    "Ids of GPUs, leases, jobs, bids and auctions come from your registry as you press the key; where\n" +
    "it doesn't answer within a second, none are offered.",
  args: { shell: { summary: `one of: ${SHELLS.join(", ")}`, choices: SHELLS } },
  flags: {},
  examples: ["horizon completions bash", "horizon completions fish"],
  unlogged: true,
  local: true,
  run(ctx, { args }) {
    const shell = readOneOf(SHELLS, args.shell, "shell");
    ctx.out.result({ shell, script: SCRIPTS[shell] }, SCRIPTS[shell]);
    return Promise.resolve();
  },
});
