import { deserialize, serialize } from "node:v8";
import { type AnswerCheck, verifyAnswer } from "../../src/proof/pipeline.ts";
import type { Figure } from "../figure.ts";
import { CARD_24GB, honestProof } from "./honest_answer.ts";

const LIMIT_MIB = 64;
const KIB_PER_MIB = 1024;

/**
 * The most memory that checking a full proof of a 24 GB card takes above an idle process, against the
 * limit: in a process of its own, whose peak resident size the kernel tells before and after.
 */
export const figure: Figure = {
  group: "proof",
  name: "memory of verifying a 24 GB card's proof, above idle / 64 MiB",
  unit: "MiB",
  aim: { op: "<=", value: 1 },
  async measure() {
    if (Deno.build.os !== "linux") return { skipped: "the peak is read from /proc, on Linux only" };
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", import.meta.filename ?? ""],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const input = new Blob([Uint8Array.from(serialize(honestProof(CARD_24GB)))]);
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
  const check: AnswerCheck = deserialize(bytes);
  const outcome = verifyAnswer(check, (into) => crypto.getRandomValues(into));
  if (!outcome.ok) throw new Error(outcome.reason);
  console.log(peakMib() - idle_mib);
}

if (import.meta.main) await verifyStdin();
