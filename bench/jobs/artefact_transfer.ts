import { type Figure, median } from "../figure.ts";
import { runTransfers } from "../transfers.ts";

const MIB = 1024 * 1024;
const SIZE_BYTES = 1024 * MIB;
const ROUNDS = 3;

/** A large artefact to the registry and back: checked by its hash at both ends, and durable there. */
export const figure: Figure = {
  group: "jobs",
  name: "1 GiB artefact up and down through a registry on loopback / curl and a bare file server",
  unit: "MiB/s",
  aim: { op: ">=", value: 0.5 },
  async measure() {
    if (!await hasCurl()) return { skipped: "curl is missing" };
    const { ours, plain } = await runTransfers({ rounds: ROUNDS, size_bytes: SIZE_BYTES });
    const speed = (ms: number[]) => SIZE_BYTES / MIB / (median(ms) / 1000);
    const both = (took: { up_ms: number; down_ms: number }[]) =>
      2 * speed(took.map(({ up_ms, down_ms }) => up_ms + down_ms));
    const [up, down] = [ours, plain].map((took) =>
      [
        speed(took.map(({ up_ms }) => up_ms)),
        speed(took.map(({ down_ms }) => down_ms)),
      ].map((value) => value.toFixed(0)).join(" up, ")
    );
    const note = `ours ${up} down; curl ${down} down`;
    return { ours: both(ours), against: both(plain), ratio: both(ours) / both(plain), note };
  },
};

async function hasCurl(): Promise<boolean> {
  try {
    return (await new Deno.Command("curl", { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}
