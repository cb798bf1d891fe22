import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { checkComputation, checkFigures, checkProver } from "../../src/cli/verify/stored_proof.ts";
import { answerBytes } from "../../src/proof/openings.ts";
import { verifyStored } from "../../src/proof/stored_proof.ts";
import { ProofRecord } from "../../src/protocol/proof_record.ts";
import { parseDocument } from "../e2e/binary.ts";
import { newActor } from "../registry/harness.ts";
import { GPU, openProvingTest, prove } from "../registry/proving.ts";
import { Person } from "./person.ts";

/** A person whose own embedded registry has a GPU with a proof on record. */
async function withProof(
  run: (person: Person, proofs_folder: string) => Promise<void>,
  forge?: Parameters<typeof prove>[2],
) {
  await using person = new Person();
  await person.run(["init"]);
  const folder = `${person.home}/data`;
  const test = await openProvingTest({ mode: "embedded", folder });
  await (await prove(test, undefined, forge)).body?.cancel();
  await test.registry.close();
  await run(person, `${folder}/proofs`);
}

Deno.test("gpu proof shows the latest verdict, and --verify checks it on this machine", async () => {
  await withProof(async (person) => {
    const shown = await person.run(["gpu", "proof", GPU]);
    assertEquals(shown.code, 0, shown.stderr);
    assertStringIncludes(shown.stdout, "software");
    assertStringIncludes(shown.stdout, "64 rows, 64 lanes of the chain, 3 of 3 sweeps");
    const checked = await person.run(["gpu", "proof", GPU, "--verify", "--json"]);
    assertEquals(checked.code, 0, checked.stdout);
    const { ok, checks, not_checked } = parseDocument(checked.stdout);
    const found = checks as { check: string; ok: boolean }[];
    assertEquals(ok, true);
    const names = ["feed", "prover", "figures", "answer", "computation"];
    assertEquals(found.map(({ check }) => check), names);
    assertStringIncludes(JSON.stringify(not_checked), "time");
    const listed = await person.run(["gpu", "proof", GPU, "--history", "--json"]);
    const { proofs } = parseDocument(listed.stdout);
    assertEquals((proofs as { gpu_id: string }[]).map(({ gpu_id }) => gpu_id), [GPU]);
  });
});

Deno.test("an answer that the registry has changed is not served as the proof", async () => {
  await withProof(async (person, proofs_folder) => {
    const answer_path = `${proofs_folder}/${GPU}.answer`;
    const answer = await Deno.readFile(answer_path);
    answer[100] = (answer[100] ?? 0) ^ 1;
    await Deno.writeFile(answer_path, answer);
    const told = await person.run(["gpu", "proof", GPU, "--verify"]);
    assertEquals(told.code, 1, told.stderr);
    assertStringIncludes(
      told.stdout,
      "wrong: the registry has no answer with the hash in its feed",
    );
    assertStringIncludes(told.stdout, "The proof on record can't be confirmed");
    const checked = await person.run(["gpu", "proof", GPU, "--verify", "--json"]);
    const { ok, checks } = parseDocument(checked.stdout);
    assertEquals([checked.code, ok], [1, false]);
    const found = checks as { check: string; ok: boolean }[];
    assertEquals(found.map(({ check, ok }) => [check, ok]), [
      ["feed", true],
      ["prover", true],
      ["figures", true],
      ["answer", false],
    ]);
  });
});

Deno.test("a failed proof is shown, and checked to have failed for that reason", async () => {
  await withProof(async (person) => {
    const checked = await person.run(["gpu", "proof", GPU, "--verify"]);
    assertEquals(checked.code, 0, checked.stdout);
    assertStringIncludes(checked.stdout, "openings: other_lane");
  }, (honest, draw) => honest.open({ ...draw, lanes: draw.lanes.map((lane) => lane ^ 1) }));
});

Deno.test("a verdict that its answer contradicts does not hold", async () => {
  await withProof(async (person) => {
    const shown = await person.json("gpu", "proof", GPU);
    const record = ProofRecord.parse(shown);
    const { proof, answer_sha256 } = record;
    if (proof === null || answer_sha256 === null) throw new Error("the proof has an answer");
    const answer = await Deno.readFile(`${person.home}/data/proofs/${GPU}.answer`);
    const random = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes);
    assertEquals(verifyStored({ ...record, proof }, answer, random).ok, true);
    const stranger = { ...record, proof, owner: newActor().id };
    const outcome = verifyStored(stranger, answer, random);
    assertEquals(outcome.ok ? "" : outcome.step, "sweep", "it is bound to its prover's key");
  });
});

Deno.test("a record that opens less than it must, or what is not there, does not hold", async () => {
  await withProof(async (person) => {
    const record = ProofRecord.parse(await person.json("gpu", "proof", GPU));
    const { proof } = record;
    if (proof === null) throw new Error("the proof has an answer");
    const [first = 0] = proof.rows;
    const [lane = 0] = proof.lanes_opened;
    const forged: Partial<typeof proof>[] = [
      { rows: [], lanes_opened: [], sweeps_opened: [] },
      { rows: proof.rows.slice(1) },
      { rows: proof.rows.map(() => first) },
      { rows: [...proof.rows.slice(0, -1), proof.m] },
      { lanes_opened: proof.lanes_opened.slice(1) },
      { lanes_opened: proof.lanes_opened.map((_, i) => lane + i) },
      { sweeps_opened: [0, 1, proof.sweeps] },
      { sweeps_opened: [] },
    ];
    const random = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes);
    for (const change of forged) {
      const other = { ...proof, ...change };
      const counts = {
        rows: other.rows.length,
        lanes: other.lanes_opened.length,
        sweeps: other.sweeps_opened.length,
      };
      const answer = new Uint8Array(answerBytes(other, counts));
      const verified = () => verifyStored({ ...record, proof: other }, answer, random);
      assertEquals(assertThrows(verified, HorizonError).code, "invalid_challenge");
      assertEquals((await checkComputation({ ...record, proof: other }, answer)).ok, false);
    }
  });
});

Deno.test("another one's proof is none of the owner's", () => {
  const [owner, stranger] = [newActor().id, newActor().id];
  assertEquals(checkProver(owner, { owner }).ok, true);
  assertEquals(checkProver(owner, { owner: stranger }).ok, false);
  assertEquals(checkProver(null, { owner }).ok, true);
});

Deno.test("figures that the proof's size and times don't give are named", async () => {
  await withProof(async (person) => {
    const { verdict, proof } = ProofRecord.parse(await person.json("gpu", "proof", GPU));
    if (proof === null) throw new Error("the proof has an answer");
    assertEquals((await checkFigures(verdict, proof)).ok, true);
    for (const change of [{ gops: 40_000 }, { chain_gops: 40_000 }, { resident_mb: 24_000 }]) {
      const figures = { ...verdict.figures, ...change };
      assertEquals((await checkFigures({ ...verdict, figures }, proof)).ok, false);
    }
  });
});

Deno.test("a GPU without a proof has none, and the two ways to read it don't mix", async () => {
  await withProof(async (person) => {
    const { code, exit } = await person.refusal("gpu", "proof", "gpu-2");
    assertEquals([code, exit], ["proof_not_found", 4]);
    const both = await person.run(["gpu", "proof", GPU, "--verify", "--history"]);
    assertEquals(both.code, 2);
    const page = await person.run(["gpu", "proof", GPU, "--limit", "5"]);
    assertEquals(page.code, 2);
    assertStringIncludes(page.stderr, "Add --history.");
    const help = await person.run(["gpu", "proof", "--help"]);
    assertStringIncludes(help.stdout, '"What a proof shows"');
  });
});
