import { type Figure, median } from "../figure.ts";
import { startListing } from "../registry_load.ts";

const ROUNDS = 21;
const HORIZON = new URL("../../dist/horizon", import.meta.url).pathname;

/** What a person waits for after the key: the name of a command, and for the note an id of a GPU. */
export const figure: Figure = {
  group: "faces",
  name: "completion of a command's name / start-up of `horizon version`",
  unit: "ms",
  aim: { op: "<=", value: 1.5 },
  async measure() {
    if (!await Deno.stat(HORIZON).then(() => true, () => false)) {
      return { skipped: "dist/horizon is missing; run: deno task compile" };
    }
    const home = await Deno.makeTempDir();
    const registry = await startListing(1_000);
    await run(home, ["init"]);
    await run(home, ["config", "--set", "registry", registry.url.origin]);
    const times: Record<"names" | "version" | "ids", number[]> = {
      names: [],
      version: [],
      ids: [],
    };
    for (let round = -2; round < ROUNDS; round++) {
      const names = await run(home, ["__complete", "re"]);
      const version = await run(home, ["version"]);
      const ids = await run(home, ["__complete", "rent", ""]);
      if (round < 0) continue; // warm the page cache
      times.names.push(names);
      times.version.push(version);
      times.ids.push(ids);
    }
    await registry.close();
    await Deno.remove(home, { recursive: true });
    const [ours, against] = [median(times.names), median(times.version)];
    const note = `ids of 200 of 1,000 GPUs: ${median(times.ids).toFixed(0)} ms`;
    return { ours, against, ratio: ours / against, note };
  },
};

async function run(home: string, args: string[]): Promise<number> {
  const start_ms = performance.now();
  const { success } = await new Deno.Command(HORIZON, {
    args,
    env: { HORIZON_HOME: home },
    stdout: "null",
    stderr: "null",
  }).output();
  if (!success) throw new Error(`horizon ${args.join(" ")} failed`);
  return performance.now() - start_ms;
}
