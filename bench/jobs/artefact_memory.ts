import type { Figure } from "../figure.ts";
import { runTransfers } from "../transfers.ts";

const SIZE_BYTES = 1024 ** 3;
const LIMIT_MIB = 64;

/** The most memory that either end of a large transfer takes: nobody holds a whole artefact. */
export const figure: Figure = {
  group: "jobs",
  name: "memory of a 1 GiB artefact up and down, registry or client, above idle / 64 MiB",
  unit: "MiB",
  aim: { op: "<=", value: 1 },
  async measure() {
    if (Deno.build.os !== "linux") return { skipped: "the peak is read from /proc, on Linux only" };
    const { first: { registry_mib, client_mib } } = await runTransfers({
      rounds: 0,
      size_bytes: SIZE_BYTES,
    });
    const most_mib = Math.max(registry_mib, client_mib);
    const note = `registry ${registry_mib.toFixed(0)} MiB, client ${client_mib.toFixed(0)} MiB`;
    return { ours: most_mib, against: LIMIT_MIB, ratio: most_mib / LIMIT_MIB, note };
  },
};
