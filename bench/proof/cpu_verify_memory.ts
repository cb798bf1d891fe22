import { verifyAnswer } from "../../src/proof/pipeline.ts";
import type { Figure } from "../figure.ts";
import { benchProfile, honestAnswer } from "./honest_answer.ts";

const LIMIT_MIB = 64;
const KIB_PER_MIB = 1024;

/**
 * The most memory that checking a K = N = 4096 proof takes above an idle process, against the limit:
 * in a process of its own, whose peak resident size the kernel tells before and after.
 */
export const figure: Figure = {
  group: "proof",
  name: "memory of verifying a K = N = 4096 proof, above idle / 64 MiB",
  unit: "MiB",
  aim: { op: "<=", value: 1 },
  async measure() {
    if (Deno.build.os !== "linux") return { skipped: "the peak is read from /proc, on Linux only" };
    const { seed, root, indices, answer } = honestAnswer();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", import.meta.filename ?? ""],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const input = new Blob([seed.slice(), root.slice(), Uint32Array.from(indices), answer.slice()]);
    const [{ stdout }] = await Promise.all([child.output(), input.stream().pipeTo(child.stdin)]);
    const ours = Number(new TextDecoder().decode(stdout));
    if (!(ours > 0)) throw new Error("the verifying process told no figure");
    return { ours, against: LIMIT_MIB, ratio: ours / LIMIT_MIB };
  },
};

/** The peak resident size of this process so far, in MiB. */
function peakMib(): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / KIB_PER_MIB;
}

/** The verifying process: reads the proof, checks it, prints its peak above the start's. */
async function verifyStdin(): Promise<void> {
  const idle_mib = peakMib();
  const bytes = new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
  const rows = 64;
  const { m, k, n, name } = benchProfile();
  const check = {
    challenge: { challenge_id: "bench", nonce: new Uint8Array(32), m, k, n, profile: name },
    seed: bytes.subarray(0, 32),
    root: bytes.subarray(32, 64),
    indices: [...new Uint32Array(bytes.buffer, 64, rows)],
    answer: bytes.subarray(64 + 4 * rows),
  };
  const outcome = verifyAnswer(check, (into) => crypto.getRandomValues(into));
  if (!outcome.ok) throw new Error(outcome.reason);
  console.log(peakMib() - idle_mib);
}

if (import.meta.main) await verifyStdin();
