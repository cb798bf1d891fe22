import { configPath } from "../../base/config.ts";
import { createKeyFile, keyFilePath, loadKeyFile } from "../../base/keyfile.ts";
import { makePrivateFolder } from "../../base/paths.ts";
import { HorizonError } from "../../base/errors.ts";
import { defineCommand } from "../command.ts";
import { facts } from "../table.ts";

export const command = defineCommand({
  name: "init",
  summary: "Make your key and your folders",
  about:
    "Your key is your account: whoever has the file can spend your money. Keep a copy of it.\n" +
    "Run again, it changes nothing and shows your id.",
  args: {},
  flags: {},
  examples: ["horizon init", "HORIZON_HOME=/srv/horizon horizon init"],
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
    ctx.out.result(
      { actor: identity.id, created, key_file, config_file: configPath(config), data_folder: data },
      facts([["your id", identity.id], ["key file", key_file], ["data folder", data]]),
    );
  },
});
