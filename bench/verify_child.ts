import { TextLineStream } from "@std/streams/text-line-stream";
import { identityOf, newSecret } from "../src/base/identity.ts";
import { challengeSeed } from "../src/proof/challenge.ts";
import { listen } from "../src/registry/listen.ts";
import { VerifyPool, verifyWorkers } from "../src/registry/proving/verify_pool.ts";
import { openRegistry } from "../src/registry/registry.ts";
import { CARD_24GB, honestProof } from "./proof/honest_answer.ts";

/**
 * A served registry in a process of its own, whose pool of verifiers checks so many proofs of a 24 GB
 * card at a time while it is told to. Argument: how many. Prints its URL and node id; each line of its
 * standard input begins or ends that, and is answered with how many it has checked.
 */
const at_a_time = Number(Deno.args[0] ?? 1);
const folder = await Deno.makeTempDir({ prefix: "horizon-bench-" });
const main_url = new URL("../src/main.ts", import.meta.url).href;
const settings = { welcome_credit_micros: 1_000_000 };
const registry = await openRegistry({ folder, mode: "served", settings, main_url });
const listener = await listen(registry, { host: "127.0.0.1", port: 0 });

const provider = identityOf(newSecret()).id;
const gpu_id = "bench";
const proof = honestProof(CARD_24GB, (challenge) => challengeSeed(challenge, provider, gpu_id));
const { transcript } = proof;
const answer = Uint8Array.from(proof.answer);
const pool = new VerifyPool(main_url, verifyWorkers(navigator.hardwareConcurrency), console.error);
let goesOn = false;
let checked = 0;
let running: Promise<void>[] = [];

async function verifyOn(): Promise<void> {
  while (goesOn) {
    const outcome = await pool.check({ transcript, provider, gpu_id, answer });
    if (!outcome.ok) throw new Error(outcome.reason);
    checked++;
  }
}

console.log(JSON.stringify({ url: listener.url, node_id: registry.node_id, folder }));
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream());
for await (const _line of lines) {
  goesOn = !goesOn;
  if (goesOn) running = Array.from({ length: at_a_time }, verifyOn);
  else await Promise.all(running);
  console.log(String(checked));
}
goesOn = false;
await Promise.all(running);
pool.close();
await listener.close();
await registry.close();
await Deno.remove(folder, { recursive: true });
Deno.exit(0);
