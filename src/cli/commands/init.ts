import { configPath, readEntries, writeEntries } from "../../base/config.ts";
import { CONFIG_KEYS, type ConfigKey } from "../../base/config_keys.ts";
import { createKeyFile, keyFilePath, loadKeyFile } from "../../base/keyfile.ts";
import { makePrivateFolder } from "../../base/paths.ts";
import { HorizonError, messageOf } from "../../base/errors.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { facts } from "../table.ts";

export const command = defineCommand({
  name: "init",
  summary: "Make your key and your folders",
  about:
    "Your key is your account: whoever has the file can spend your money. Keep a copy of it.\n" +
    "Run again, it changes nothing and shows your id. On a terminal it asks, the first time, which\n" +
    "registry you use and the most you'd pay; an empty answer leaves either for later.",
  args: {},
  flags: {},
  examples: ["horizon init", "HORIZON_HOME=/srv/horizon horizon init"],
  local: true,
  async run(ctx) {
    const { config, data, state } = ctx.folders;
    const { key_file: configured } = await ctx.config();
    const key_file = keyFilePath(config, configured);
    for (const folder of [config, data, state]) await makePrivateFolder(folder);
    let created = true;
    const identity = await createKeyFile(key_file).catch((thrown) => {
      if (!(thrown instanceof HorizonError) || thrown.code !== "already_exists") throw thrown;
      created = false;
      return loadKeyFile(key_file);
    });
    ctx.out.note(created ? "Made a new key." : "There is a key already; it stays.");
    if (created && isAsked(ctx)) await askFirst(ctx);
    ctx.out.result(
      { actor: identity.id, created, key_file, config_file: configPath(config), data_folder: data },
      facts([["your id", identity.id], ["key file", key_file], ["data folder", data]]),
    );
  },
});

/** Whether there is somebody to ask: a person at a terminal, and no program that reads the answer. */
function isAsked({ io, out }: Context): boolean {
  return io.stdin_is_terminal && io.stderr_is_terminal && !out.json;
}

/** The two things that nearly everybody sets first. What is answered so far stays on an interruption. */
async function askFirst(ctx: Context): Promise<void> {
  await ask(
    ctx,
    "registry",
    "Address of your registry (empty: one of your own, on this machine): ",
  );
  await ask(
    ctx,
    "max_price",
    "The most you'd pay for a GPU, in dollars an hour (empty: no limit): ",
  );
}

/** Asks for the value of a key, again after one that it can't be; nothing is set for an empty answer. */
async function ask(ctx: Context, key: ConfigKey, question: string): Promise<void> {
  const { config } = ctx.folders;
  for (;;) {
    ctx.out.raw(question);
    const answer = (await ctx.io.readLine())?.trim() ?? "";
    if (answer === "" || ctx.signal.aborted) return;
    try {
      const value = CONFIG_KEYS[key].parse(answer);
      return await writeEntries(config, { ...await readEntries(config), [key]: value });
    } catch (thrown) {
      if (!(thrown instanceof HorizonError)) throw thrown;
      ctx.out.warn(messageOf(thrown));
    }
  }
}
