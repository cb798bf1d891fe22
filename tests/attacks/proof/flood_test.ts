import { adapterTest } from "../../adapter_test_case.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { prove, register } from "./attacker.ts";
import { ending, endingOf, leaves } from "./endings.ts";
import { RawClient, Refused } from "./raw_client.ts";
import { type ServedRegistry, serveRegistry } from "./served_registry.ts";
import { honest } from "./software_adapter.ts";

const GPU = "gpu-1";
const ZERO = new Uint8Array(32);
/** Owners who attack at once. */
const FLOOD = 24;

/** An owner with a GPU of whose proof nothing is left to do but to answer. */
async function drawnFor(registry: ServedRegistry, gpu_id: string) {
  const client = new RawClient(registry);
  await register(client, gpu_id);
  const { challenge_id, sweeps } = await client.start(await client.issue(gpu_id));
  await client.commit(challenge_id, "matrix", ZERO);
  await client.commit(challenge_id, "chain", ZERO);
  await client.sweep(challenge_id, Array.from({ length: sweeps }, () => ZERO));
  return { client, gpu_id, challenge_id };
}

/** Begins to post a body of a megabyte, and sends its first byte; the rest never comes. */
async function trickle(client: RawClient, path: string): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: client.registry.port });
  const head = [
    `POST /v1${path} HTTP/1.1`,
    "host: registry",
    `authorization: ${await client.authorization()}`,
    `content-length: ${2 ** 20}`,
  ];
  await connection.write(new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n{`));
  return connection;
}

/** Waits until the registry says that a challenge is at a step; a commitment that is refused asks it. */
async function stepIs(client: RawClient, challenge_id: string, step: string): Promise<void> {
  for (let asked = 0; asked < 1000; asked++) {
    const commit = client.commit(challenge_id, "matrix", ZERO);
    const { problem } = await assertRejects(() => commit, Refused);
    if (problem.details?.["step"] === step) return;
  }
  throw new Error(`the challenge never came to the step ${step}`);
}

// What it costs the attacker: a connection and a challenge each. What stops him: a body that isn't here
// by the end of its step is given up, and none of them holds a verifier or another one's answer back.
adapterTest("openings that trickle in hold nobody up, and fail by their deadline", async () => {
  await using registry = await serveRegistry();
  const flood = await Promise.all(
    Array.from({ length: FLOOD }, (_, i) => drawnFor(registry, `slow-${i}`)),
  );
  const connections = await Promise.all(
    flood.map(({ client, challenge_id }) => trickle(client, `/challenges/${challenge_id}/answer`)),
  );
  const other = new RawClient(registry);
  await register(other, GPU);
  await prove(other, GPU, honest);
  assertEquals(await endingOf(other, GPU), "listed: software software");
  registry.clock.leap(LIMITS.proof_answer_ms);
  for (const { client, gpu_id } of flood) {
    const gpu = await leaves(client, gpu_id, "unproven");
    assertEquals(ending(gpu), "refused: failed deadline");
  }
  for (const connection of connections) connection.close();
});

adapterTest(
  "one challenge takes one answer at a time, and a broken one can be sent again",
  async () => {
    await using registry = await serveRegistry();
    const { client, gpu_id, challenge_id } = await drawnFor(registry, GPU);
    const connection = await trickle(client, `/challenges/${challenge_id}/answer`);
    await stepIs(client, challenge_id, "receiving");
    const second = client.answer(challenge_id, "");
    assertEquals((await assertRejects(() => second, Refused)).code, "challenge_state");
    connection.close();
    await stepIs(client, challenge_id, "drawn");
    await client.answer(challenge_id, "");
    assertEquals(await endingOf(client, gpu_id), "refused: failed openings");
  },
);

// What it costs the attacker: the bytes that he sends, up to the bound. What stops him: a registry knows
// how long the answer must be, and reads no byte beyond it.
adapterTest("an opening that says it is too long is refused unread", async () => {
  await using registry = await serveRegistry();
  const { client, gpu_id, challenge_id } = await drawnFor(registry, GPU);
  const { verdict } = await client.answer(challenge_id, new Uint8Array(64 * 2 ** 20));
  assertEquals(verdict.step, "openings");
  assertEquals(await endingOf(client, gpu_id), "refused: failed openings");
});

adapterTest("an opening without an end is cut at its bound", async () => {
  await using registry = await serveRegistry();
  const { client, gpu_id, challenge_id } = await drawnFor(registry, GPU);
  let sent_bytes = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent_bytes += 2 ** 16;
      controller.enqueue(new Uint8Array(2 ** 16));
    },
  });
  // The registry may close the connection before its verdict is read: the listing has it all the same.
  await client.answer(challenge_id, endless).catch(() => undefined);
  const gpu = await leaves(client, gpu_id, "unproven");
  assertEquals(ending(gpu), "refused: failed openings");
  assert(sent_bytes <= 16 * 2 ** 20, `${sent_bytes} bytes were taken`);
});

adapterTest("a commitment that is too long is refused, and the stage goes on", async () => {
  await using registry = await serveRegistry();
  const client = new RawClient(registry);
  await register(client, GPU);
  const { challenge_id } = await client.start(await client.issue(GPU));
  const long = client.commit(challenge_id, "matrix", new Uint8Array(2 ** 20));
  assertEquals((await assertRejects(() => long, Refused)).code, "too_large");
  await client.commit(challenge_id, "matrix", ZERO);
});
