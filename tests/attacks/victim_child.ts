import { HorizonError } from "../../src/base/errors.ts";
import { openRegistry } from "../../src/registry/registry.ts";
import { MAIN_URL } from "../registry/harness.ts";

/** What a victim in a process of its own tells: how the connect ended, and the most memory it took. */
export interface VictimReport {
  code: string;
  message: string;
  start_rss_bytes: number;
  max_rss_bytes: number;
  taken_seq: number;
}

/** Connects a fresh registry to a URL and prints a `VictimReport`. Arguments: URL, bytes of a replica. */
async function main([url = "", replica_bytes = ""]: string[]): Promise<void> {
  const folder = await Deno.makeTempDir();
  const federation = { private_peers: true, replica_bytes: Number(replica_bytes) };
  const registry = await openRegistry({ folder, mode: "served", main_url: MAIN_URL, federation });
  const start_rss_bytes = Deno.memoryUsage().rss;
  let max_rss_bytes = start_rss_bytes;
  const sample = () => max_rss_bytes = Math.max(max_rss_bytes, Deno.memoryUsage().rss);
  const timer = setInterval(sample, 20);
  let [code, message, taken_seq] = ["ok", "", 0];
  try {
    const link = await registry.federation.connect({ target: url, alias: null });
    taken_seq = link.holder.replica.taken_seq;
  } catch (thrown) {
    if (!(thrown instanceof HorizonError)) throw thrown;
    ({ code, message } = thrown);
  }
  sample();
  clearInterval(timer);
  await registry.close();
  await Deno.remove(folder, { recursive: true });
  const report: VictimReport = { code, message, start_rss_bytes, max_rss_bytes, taken_seq };
  console.log(JSON.stringify(report));
}

if (import.meta.main) await main(Deno.args);
