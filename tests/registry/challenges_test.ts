import { assertEquals, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import type { Identity } from "../../src/base/identity.ts";
import { challengeSeed } from "../../src/proof/challenge.ts";
import { MAX_ANSWER_BYTES } from "../../src/proof/openings.ts";
import { ChallengeView, Judged, Openings } from "../../src/protocol/api.ts";
import { GpuView } from "../../src/protocol/gpu.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { referenceProduct, ReferenceProver } from "../proof/reference.ts";
import {
  accepted,
  gpuBody,
  newActor,
  openTest,
  problemIn,
  sessionOf,
  type TestRegistry,
} from "./harness.ts";

const GPU = "gpu-1";
const ELAPSED_MS = 40;
type Headers = { authorization: string };

/** An owner with a software GPU that is to be proven, and a session. */
async function setUp(allow_software = true) {
  const registry = await openTest({ settings: { allow_software } });
  const owner = newActor();
  await accepted(registry, owner, "gpu.register", gpuBody(GPU, 300_000, "llvmpipe"));
  const headers = await sessionOf(registry, owner);
  return { registry, owner, headers, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
}

function post(registry: TestRegistry, path: string, headers: Headers, body: BodyInit) {
  return registry.fetch(`/v1/challenges${path}`, { method: "POST", headers, body });
}

async function ask(registry: TestRegistry, headers: Headers): Promise<ChallengeView> {
  const response = await post(registry, "", headers, JSON.stringify({ gpu_id: GPU }));
  assertEquals(response.status, 200);
  return ChallengeView.parse(await response.json());
}

function prove(view: ChallengeView, owner: Identity): ReferenceProver {
  const { challenge_id, m, k, n, profile } = view;
  const challenge = { challenge_id, nonce: Uint8Array.fromHex(view.nonce), m, k, n, profile };
  const seed = challengeSeed(challenge, owner.id, GPU);
  return new ReferenceProver({ m, k, n }, referenceProduct(seed, { m, k, n }));
}

function commit(registry: TestRegistry, id: string, headers: Headers, root: Uint8Array) {
  return post(registry, `/${id}/root`, headers, JSON.stringify({ root: root.toHex() }));
}

async function codeOf(response: Response): Promise<string> {
  return response.ok ? "accepted" : (await problemIn(response)).code;
}

async function gpu(registry: TestRegistry): Promise<GpuView> {
  return GpuView.parse(await (await registry.fetch(`/v1/gpus/${GPU}`)).json());
}

Deno.test("an honest proof is timed from its writing to its root, judged, listed and kept", async () => {
  await using setup = await setUp();
  const { registry, owner, headers } = setup;
  const response = await post(registry, "", headers, JSON.stringify({ gpu_id: GPU }));
  registry.clock.pass(5_000);
  const view = ChallengeView.parse(await response.json());
  const prover = prove(view, owner);
  registry.clock.pass(ELAPSED_MS);
  const opened = await commit(registry, view.challenge_id, headers, prover.root);
  const { indices } = Openings.parse(await opened.json());
  assertEquals(new Set(indices).size, LIMITS.proof_rows);
  registry.clock.pass(3_000);
  const answer = prover.open(indices);
  const answered = await post(registry, `/${view.challenge_id}/answer`, headers, answer);
  const { verdict, listed } = Judged.parse(await answered.json());
  assertEquals([verdict.verdict, listed], ["software", true]);
  assertEquals(verdict.figures.elapsed_ms, ELAPSED_MS, "neither waiting before nor opening after");
  assertEquals((await gpu(registry)).status, "listed");
  const kept = await Deno.readFile(`${registry.folder}/proofs/${GPU}.answer`);
  assertEquals(sha256Hex(kept), sha256Hex(answer));
  const again = await post(registry, `/${view.challenge_id}/answer`, headers, answer);
  assertEquals(await codeOf(again), "challenge_not_found", "an answer counts once");
});

Deno.test("a software adapter is judged and not listed where the operator does not allow it", async () => {
  await using setup = await setUp(false);
  const { registry, owner, headers } = setup;
  const view = await ask(registry, headers);
  const prover = prove(view, owner);
  registry.clock.pass(ELAPSED_MS);
  const opened = await commit(registry, view.challenge_id, headers, prover.root);
  const { indices } = Openings.parse(await opened.json());
  const path = `/${view.challenge_id}/answer`;
  const answered = await post(registry, path, headers, prover.open(indices));
  assertEquals(Judged.parse(await answered.json()).listed, false);
  assertEquals((await gpu(registry)).status, "refused");
});

Deno.test("a forged proof fails, by the real verifier, and the GPU is refused", async (t) => {
  const forgeries: Record<
    string,
    (honest: ReferenceProver, indices: number[]) => Uint8Array<ArrayBuffer>
  > = {
    "other rows than asked": (honest, indices) => honest.open(indices.map((i) => (i + 1) % 512)),
    "fewer rows than asked": (honest, indices) => honest.open(indices.slice(1)),
    "a cut answer": (honest, indices) => honest.open(indices).slice(0, -1),
    "nothing": () => new Uint8Array(),
  };
  for (const [name, forge] of Object.entries(forgeries)) {
    await t.step(name, async () => {
      await using setup = await setUp();
      const { registry, owner, headers } = setup;
      const view = await ask(registry, headers);
      const honest = prove(view, owner);
      const opened = await commit(registry, view.challenge_id, headers, honest.root);
      const { indices } = Openings.parse(await opened.json());
      const path = `/${view.challenge_id}/answer`;
      const answered = await post(registry, path, headers, forge(honest, indices));
      assertEquals(Judged.parse(await answered.json()).verdict.verdict, "failed");
      assertEquals((await gpu(registry)).status, "refused");
    });
  }
});

Deno.test("an answer to another challenge fails", async () => {
  await using setup = await setUp();
  const { registry, owner, headers } = setup;
  const first = prove(await ask(registry, headers), owner);
  const view = await ask(registry, headers);
  const opened = await commit(registry, view.challenge_id, headers, first.root);
  const { indices } = Openings.parse(await opened.json());
  const path = `/${view.challenge_id}/answer`;
  const answered = await post(registry, path, headers, first.open(indices));
  assertEquals(Judged.parse(await answered.json()).verdict.step, "product");
});

Deno.test("a challenge is its owner's alone, and takes its steps in their order", async () => {
  await using setup = await setUp();
  const { registry, headers } = setup;
  const stranger = await sessionOf(registry, newActor());
  const asked = await post(registry, "", stranger, JSON.stringify({ gpu_id: GPU }));
  assertEquals(await codeOf(asked), "forbidden");
  const unknown = await post(registry, "", headers, JSON.stringify({ gpu_id: "gpu-2" }));
  assertEquals(await codeOf(unknown), "gpu_not_found");
  const view = await ask(registry, headers);
  const root = new Uint8Array(32);
  const path = `/${view.challenge_id}/answer`;
  assertEquals(await codeOf(await post(registry, path, headers, "x")), "challenge_state");
  const theirs = await commit(registry, view.challenge_id, stranger, root);
  assertEquals(await codeOf(theirs), "challenge_not_found");
  const none = await registry.fetch(`/v1/challenges/${view.challenge_id}/root`, {
    method: "POST",
    body: JSON.stringify({ root: root.toHex() }),
  });
  assertEquals(await codeOf(none), "session_invalid");
  assertEquals(await codeOf(await commit(registry, view.challenge_id, headers, root)), "accepted");
  const second = await commit(registry, view.challenge_id, headers, root);
  assertEquals(await codeOf(second), "challenge_state", "a second root draws no other rows");
  const body = new Uint8Array(MAX_ANSWER_BYTES + 1);
  assertEquals(await codeOf(await post(registry, path, headers, body)), "too_large");
});

Deno.test("a root for a challenge that was not written yet is refused: its time has not begun", async () => {
  await using setup = await setUp();
  const { registry, owner } = setup;
  const { challenges } = registry.services;
  const { view, written } = challenges.issue(owner.id, GPU);
  const root = "0".repeat(64);
  const commitNow = () =>
    challenges.commit(owner.id, view.challenge_id, root, registry.clock.monotonic());
  const error = assertThrows(commitNow, HorizonError);
  assertEquals(error.code, "challenge_state");
  written();
  assertEquals(commitNow().length, LIMITS.proof_rows);
});

Deno.test("a late answer is refused, and an abandoned challenge has failed", async () => {
  await using setup = await setUp();
  const { registry, owner, headers } = setup;
  const view = await ask(registry, headers);
  const prover = prove(view, owner);
  const opened = await commit(registry, view.challenge_id, headers, prover.root);
  const { indices } = Openings.parse(await opened.json());
  const unanswered = await ask(registry, headers);
  registry.clock.pass(LIMITS.challenge_life_ms);
  const path = `/${view.challenge_id}/answer`;
  const late = await post(registry, path, headers, prover.open(indices));
  assertEquals(await codeOf(late), "answer_late", "before the registry looked after it");
  await registry.housekeeping.run();
  assertEquals(await codeOf(await post(registry, path, headers, "x")), "answer_late", "and after");
  const root = await commit(registry, unanswered.challenge_id, headers, prover.root);
  assertEquals(await codeOf(root), "answer_late");
  const { status, verdict } = await gpu(registry);
  assertEquals([status, verdict?.verdict, verdict?.step], ["refused", "failed", "openings"]);
});

Deno.test("no actor can hold more challenges than its share", async () => {
  await using setup = await setUp();
  const { registry, headers } = setup;
  for (let i = 0; i < LIMITS.challenges_open_per_actor; i++) await ask(registry, headers);
  const body = JSON.stringify({ gpu_id: GPU });
  assertEquals(await codeOf(await post(registry, "", headers, body)), "limit_reached");
  registry.clock.pass(LIMITS.challenge_life_ms);
  await registry.housekeeping.run();
  assertEquals(await codeOf(await post(registry, "", headers, body)), "accepted");
});
