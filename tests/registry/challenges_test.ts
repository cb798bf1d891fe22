import { assertEquals } from "@std/assert";
import { sha256Hex } from "../../src/base/hash.ts";
import { chainKey, sweepKey } from "../../src/proof/challenge.ts";
import { ChallengeIssued, DrawView, Judged, NonceView } from "../../src/protocol/challenge.ts";
import { GpuView } from "../../src/protocol/gpu.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { ProofPage, ProofRecord } from "../../src/protocol/proof_record.ts";
import { referenceProduct, ReferenceProver } from "../proof/reference.ts";
import { accepted, gpuBody, newActor, problemIn, sessionOf, type TestRegistry } from "./harness.ts";
import {
  begin,
  commitAll,
  GPU,
  openProvingTest,
  post,
  prove,
  type ProvingTest,
  request,
  ROUND_TRIP_MS,
  STAGE_MS,
  start,
} from "./proving.ts";

async function codeOf(response: Response): Promise<string> {
  if (!response.ok) return (await problemIn(response)).code;
  await response.body?.cancel();
  return "accepted";
}

async function judgedIn(response: Response): Promise<Judged> {
  return Judged.parse(await response.json());
}

async function gpu(registry: TestRegistry): Promise<GpuView> {
  return GpuView.parse(await (await registry.fetch(`/v1/gpus/${GPU}`)).json());
}

async function record({ registry }: ProvingTest): Promise<ProofRecord> {
  return ProofRecord.parse(await (await registry.fetch(`/v1/gpus/${GPU}/proof`)).json());
}

Deno.test("an honest proof is timed stage by stage, judged, listed, and kept for everybody", async () => {
  await using test = await openProvingTest();
  const { registry } = test;
  const proof = await begin(test);
  const draw = await commitAll(test, proof);
  assertEquals(new Set(draw.rows).size, LIMITS.proof_rows);
  registry.clock.pass(3_000);
  const answer = proof.prover.open(draw);
  const { verdict, listed } = await judgedIn(await post(test, `/${proof.id}/answer`, answer));
  assertEquals([verdict.verdict, listed], ["software", true]);
  const { elapsed_ms, chain_ms, sweep_ms, round_trip_ms } = verdict.figures;
  assertEquals({ matrix: elapsed_ms, chain: chain_ms, sweep: sweep_ms }, STAGE_MS);
  assertEquals(round_trip_ms, ROUND_TRIP_MS, "measured, and in none of the stages");
  assertEquals((await gpu(registry)).status, "listed");
  const again = await post(test, `/${proof.id}/answer`, answer);
  assertEquals(await codeOf(again), "answer_late", "an answer counts once");
  const { challenge_id, answer_sha256, owner, proof: said } = await record(test);
  assertEquals([challenge_id, owner], [proof.id, test.owner.id]);
  assertEquals(answer_sha256, sha256Hex(answer));
  assertEquals(said?.rows, draw.rows);
  const kept = await registry.fetch(`/v1/gpus/${GPU}/proof/answer`);
  assertEquals(sha256Hex(new Uint8Array(await kept.arrayBuffer())), answer_sha256);
});

Deno.test("a software adapter is judged and not listed where the operator does not allow it", async () => {
  await using test = await openProvingTest({ settings: { allow_software: false } });
  assertEquals((await judgedIn(await prove(test))).listed, false);
  assertEquals((await gpu(test.registry)).status, "refused");
});

Deno.test("a forged proof fails, by the real verifier, and its answer is kept as disputed", async (t) => {
  const forgeries: Record<string, Parameters<typeof prove>[2]> = {
    "other rows than asked": (honest, draw) =>
      honest.open({ ...draw, rows: draw.rows.map((i) => (i + 1) % 256).sort((a, b) => a - b) }),
    "fewer rows than asked": (honest, draw) => honest.open({ ...draw, rows: draw.rows.slice(1) }),
    "other lanes than asked": (honest, draw) =>
      honest.open({ ...draw, lanes: draw.lanes.map((lane) => lane ^ 1) }),
    "a cut answer": (honest, draw) => honest.open(draw).slice(0, -1),
    "nothing": () => new Uint8Array(),
  };
  for (const [name, forge] of Object.entries(forgeries)) {
    await t.step(name, async () => {
      await using test = await openProvingTest();
      const { verdict } = await judgedIn(await prove(test, ReferenceProver.honest, forge));
      assertEquals([verdict.verdict, verdict.step], ["failed", "openings"]);
      assertEquals((await gpu(test.registry)).status, "refused");
      const { answer_sha256 } = await record(test);
      const kept = await test.registry.fetch(`/v1/gpus/${GPU}/proof/answer`);
      assertEquals(sha256Hex(new Uint8Array(await kept.arrayBuffer())), answer_sha256);
    });
  }
});

Deno.test("a product of other matrices fails", async () => {
  await using test = await openProvingTest();
  const other = (seed: Uint8Array, size: Parameters<typeof ReferenceProver.honest>[1]) =>
    new ReferenceProver(size, referenceProduct(seed.map((byte) => byte ^ 1), size));
  assertEquals((await judgedIn(await prove(test, other))).verdict.step, "product");
});

Deno.test("a challenge is its owner's alone, takes its stages in their order, and each once", async () => {
  await using test = await openProvingTest();
  const { registry } = test;
  const stranger = { registry, headers: await sessionOf(registry, newActor()) };
  assertEquals(await codeOf(await post(stranger, "", { gpu_id: GPU })), "forbidden");
  assertEquals(await codeOf(await post(test, "", { gpu_id: "gpu-2" })), "gpu_not_found");
  const issued = await request(test);
  const id = issued.challenge_id;
  const root = "0".repeat(64);
  assertEquals(await codeOf(await post(test, `/${id}/matrix`, { root })), "challenge_state");
  const other = await post(test, `/${id}/start`, { echo: root });
  assertEquals(await codeOf(other), "challenge_state", "another echo starts nothing");
  assertEquals(await codeOf(await post(test, "", { gpu_id: GPU })), "limit_reached");
  await start(test, issued);
  assertEquals(await codeOf(await post(test, `/${id}/answer`, "x")), "challenge_state");
  const theirs = await post(stranger, `/${id}/matrix`, { root });
  assertEquals(await codeOf(theirs), "challenge_not_found");
  const none = await registry.fetch(`/v1/challenges/${id}/matrix`, {
    method: "POST",
    body: JSON.stringify({ root }),
  });
  assertEquals(await codeOf(none), "session_invalid");
  assertEquals((await post(test, `/${id}/chain`, { root })).status, 409);
  const unread = await post(test, `/${id}/matrix`, { root });
  assertEquals(unread.status, 200);
  const early = await post(test, `/${id}/chain`, { root });
  assertEquals(await codeOf(early), "challenge_state", "its nonce is not written yet");
  await unread.body?.cancel();
  const second = await post(test, `/${id}/matrix`, { root });
  assertEquals(await codeOf(second), "challenge_state", "a second root is none");
});

Deno.test("the sweeps are committed one by one", async () => {
  await using test = await openProvingTest();
  const { id, prover, seed } = await begin(test);
  const chained = await post(test, `/${id}/chain`, { root: prover.chain(seed).toHex() });
  await chained.json();
  const short = await post(test, `/${id}/sweep`, { roots: ["0".repeat(64)] });
  assertEquals(await codeOf(short), "invalid_input");
});

Deno.test("an answer with one byte more ends the proof at the bound, unread beyond it", async () => {
  await using test = await openProvingTest();
  const proof = await begin(test);
  const draw = await commitAll(test, proof);
  const honest = proof.prover.open(draw);
  let pulled_bytes = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = new Uint8Array(64 * 1024);
      pulled_bytes += chunk.length;
      controller.enqueue(chunk);
    },
  });
  const { headers, registry } = test;
  const request = { method: "POST", headers, body };
  const { verdict } = await judgedIn(
    await registry.fetch(`/v1/challenges/${proof.id}/answer`, request),
  );
  assertEquals([verdict.verdict, verdict.step], ["failed", "openings"]);
  assertEquals(pulled_bytes < honest.length + 256 * 1024, true, `${pulled_bytes} bytes were read`);
});

Deno.test("a body that trickles in holds its challenge to its deadline and no longer", async () => {
  await using test = await openProvingTest();
  const { registry, headers } = test;
  const proof = await begin(test);
  const draw = await commitAll(test, proof);
  // Of the time for the answer all but a moment is over: that is how long it is waited for.
  registry.clock.pass(LIMITS.proof_answer_ms - 50);
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(8)),
  });
  const path = `/v1/challenges/${proof.id}/answer`;
  const slow = registry.fetch(path, { method: "POST", headers, body });
  const beside = await post(test, `/${proof.id}/answer`, proof.prover.open(draw));
  assertEquals(await codeOf(beside), "challenge_state", "one answer at a time");
  assertEquals(await codeOf(await slow), "timeout");
  registry.clock.pass(50);
  await registry.housekeeping.run();
  const { status, verdict } = await gpu(registry);
  assertEquals([status, verdict?.verdict, verdict?.step], ["refused", "failed", "deadline"]);
});

Deno.test("an answer that breaks off may be sent again", async () => {
  await using test = await openProvingTest();
  const { registry, headers } = test;
  const proof = await begin(test);
  const draw = await commitAll(test, proof);
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new Error("the line is cut")),
  });
  const path = `/v1/challenges/${proof.id}/answer`;
  const cut = await registry.fetch(path, { method: "POST", headers, body });
  assertEquals(cut.ok, false);
  await cut.body?.cancel();
  const whole = await post(test, `/${proof.id}/answer`, proof.prover.open(draw));
  assertEquals((await judgedIn(whole)).listed, true);
});

Deno.test("each stage has a deadline, past which the proof has failed at once", async (t) => {
  const stops: Record<string, (test: ProvingTest) => Promise<string>> = {
    "before it began": async (test) => (await request(test)).challenge_id,
    "at the product": async (test) => (await start(test, await request(test))).challenge_id,
    "at the chain": async (test) => (await begin(test)).id,
    "before the answer": async (test) => {
      const proof = await begin(test);
      await commitAll(test, proof);
      return proof.id;
    },
  };
  for (const [name, stop] of Object.entries(stops)) {
    await t.step(name, async () => {
      await using test = await openProvingTest();
      const { registry } = test;
      const id = await stop(test);
      const left_ms = registry.services.challenges.untilDeadline() ?? 0;
      registry.clock.pass(left_ms - 1);
      await registry.housekeeping.run();
      assertEquals((await gpu(registry)).verdict, null, "its time is not over");
      registry.clock.pass(1);
      const late = await post(test, `/${id}/answer`, "x");
      assertEquals(await codeOf(late), "answer_late", "before the registry looked after it");
      await registry.housekeeping.run();
      const { status, verdict } = await gpu(registry);
      assertEquals([status, verdict?.verdict, verdict?.step], ["refused", "failed", "deadline"]);
      assertEquals(
        await codeOf(await post(test, `/${id}/answer`, "x")),
        "answer_late",
        "and after",
      );
      assertEquals(registry.services.challenges.untilDeadline(), null);
    });
  }
});

Deno.test("the history of a GPU's verdicts is paged, the newest first", async () => {
  await using test = await openProvingTest();
  const { registry } = test;
  const none = await registry.fetch(`/v1/gpus/${GPU}/proof`);
  assertEquals(await codeOf(none), "proof_not_found");
  for (let i = 0; i < 3; i++) await (await prove(test)).body?.cancel();
  const page = async (query: string) =>
    ProofPage.parse(await (await registry.fetch(`/v1/gpus/${GPU}/proofs?${query}`)).json());
  const { proofs } = await page("");
  assertEquals(proofs.length, 3);
  const seqs = proofs.map(({ seq }) => seq);
  assertEquals(seqs, seqs.toSorted((a, b) => b - a));
  const first = await page("limit=2");
  assertEquals(first.proofs, proofs.slice(0, 2));
  const second = await page(`limit=2&cursor=${first.next_cursor}`);
  assertEquals([second.proofs, second.next_cursor], [proofs.slice(2), null]);
});

Deno.test("nobody fills the feed with verdicts on challenges that he asks for", async () => {
  await using test = await openProvingTest();
  const { registry } = test;
  const root = "0".repeat(64);
  const drop = async () => {
    const answered = await post(test, "", { gpu_id: GPU });
    if (!answered.ok) return await codeOf(answered);
    const { challenge_id: id } = await start(test, ChallengeIssued.parse(await answered.json()));
    for (const stage of ["matrix", "chain"]) {
      await (await post(test, `/${id}/${stage}`, { root })).json();
    }
    await (await post(test, `/${id}/sweep`, { roots: [root, root, root] })).json();
    return await codeOf(await post(test, `/${id}/answer`, new Uint8Array(1)));
  };
  const begun_ms = registry.clock.monotonic();
  let count = 0;
  while (await drop() === "accepted") count++;
  const seconds = (registry.clock.monotonic() - begun_ms) / 1000;
  const most = LIMITS.challenges_burst + seconds * LIMITS.challenges_per_second;
  assertEquals(count, Math.floor(most));
  registry.clock.pass(2_000 / LIMITS.challenges_per_second);
  assertEquals(await drop(), "accepted");
});

Deno.test("a proof of what was claimed before says nothing of another claim, whatever the clock", async () => {
  await using test = await openProvingTest();
  const { registry, owner } = test;
  const proof = await begin(test);
  const draw = await commitAll(test, proof);
  const passed_ms = ROUND_TRIP_MS + STAGE_MS.matrix + STAGE_MS.chain + STAGE_MS.sweep;
  registry.clock.set(-passed_ms);
  const before = (await gpu(registry)).registered_at;
  await accepted(registry, owner, "gpu.register", gpuBody(GPU));
  assertEquals((await gpu(registry)).registered_at, before, "the same time, another claim");
  const answered = await post(test, `/${proof.id}/answer`, proof.prover.open(draw));
  assertEquals(await codeOf(answered), "gpu_not_found");
  assertEquals((await gpu(registry)).verdict, null);
});

Deno.test("stages that a coarse clock sees no time in have figures all the same", async () => {
  await using test = await openProvingTest();
  const proof = await begin(test);
  const chain_root = proof.prover.chain(chainKey(proof.seed, proof.matrix_root, proof.chain_nonce));
  const chained = await post(test, `/${proof.id}/chain`, { root: chain_root.toHex() });
  const { nonce } = NonceView.parse(await chained.json());
  const key = Uint8Array.fromHex(nonce);
  const sweeps = sweepKey(proof.seed, proof.matrix_root, chain_root, key);
  const roots = proof.prover.sweep(sweeps).map((root) => root.toHex());
  const draw = DrawView.parse(await (await post(test, `/${proof.id}/sweep`, { roots })).json());
  const { verdict } = await judgedIn(
    await post(test, `/${proof.id}/answer`, proof.prover.open(draw)),
  );
  assertEquals([verdict.figures.chain_ms, verdict.figures.sweep_ms], [1, 1]);
});
