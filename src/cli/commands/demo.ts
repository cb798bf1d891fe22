import { join } from "node:path";
import { HorizonError } from "../../base/errors.ts";
import type { AdapterDescription } from "../../gpu/adapter.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { playEmbedded } from "../demo/embedded.ts";
import { Person } from "../demo/person.ts";
import { Report } from "../demo/report.ts";
import { playServed } from "../demo/served.ts";

export const command = defineCommand({
  name: "demo",
  summary: "Watch a GPU being proven, listed, rented, and doing work",
  about: "Everything happens in a temporary folder, which is removed at the end; your own files\n" +
    "stay as they are. The steps are the commands that you would type.",
  args: {},
  flags: {},
  examples: ["horizon demo"],
  unlogged: true,
  local: true,
  async run(ctx) {
    const report = new Report(ctx.out);
    const adapter = await findAdapter(report);
    const root = await Deno.makeTempDir({ prefix: "horizon-demo-" });
    try {
      const person = (name: string) => personIn(ctx, join(root, name), report);
      const has_adapter = adapter !== null;
      const embedded = await playEmbedded(
        person("you"),
        await folderIn(root, "embedded"),
        has_adapter,
        report,
      );
      const cast = {
        operator: person("operator"),
        owner: person("owner"),
        renter: person("renter"),
      };
      const served = await playServed(cast, await folderIn(root, "served"), has_adapter, report);
      report.end(adapter);
      if (ctx.out.json) ctx.out.result({ adapter, embedded, served }, "");
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});

/** This machine's adapter; null where there is none, and then what to install is told. */
async function findAdapter(report: Report): Promise<AdapterDescription | null> {
  const { describeAdapter, openAdapter } = await import("../../gpu/adapter.ts");
  try {
    const adapter = describeAdapter(await openAdapter());
    report.adapter(adapter);
    return adapter;
  } catch (thrown) {
    if (!(thrown instanceof HorizonError) || thrown.code !== "no_adapter") throw thrown;
    report.noAdapter(thrown);
    return null;
  }
}

function personIn(ctx: Context, home: string, report: Report): Person {
  const { io, main_url } = ctx;
  return new Person({ home, io, main_url, onNote: (text) => report.now(text) });
}

async function folderIn(root: string, name: string): Promise<string> {
  const folder = join(root, name);
  await Deno.mkdir(folder);
  return folder;
}
