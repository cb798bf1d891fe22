import { assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { identityOf } from "../../src/base/identity.ts";
import { createProver } from "../../src/gpu/prover.ts";
import { measureSpeed } from "../../src/gpu/speed.ts";
import { challengeSeed } from "../../src/proof/challenge.ts";
import { verifyAnswer } from "../../src/proof/pipeline.ts";
import { pickProfile, PROFILES } from "../../src/proof/profiles.ts";
import { drawRows } from "../../src/proof/rows.ts";
import { referenceProduct, ReferenceProver } from "../proof/reference.ts";
import { freshSeed, seedBytes, seededRandom } from "../proof/seeded.ts";
import { gpuTest } from "./gpu_test_case.ts";

const provider_id = identityOf(seedBytes(4)).id;

gpuTest("the GPU's root and openings are those of the CPU reference", async (gpu) => {
  const prover = await createProver(gpu);
  const random = seededRandom(freshSeed("prover"));
  // One slice, and more slices than one on either kind of adapter.
  for (const m of [256, gpu.adapter.kind === "software" ? 1024 : 8192]) {
    const size = { m, k: 32, n: 512 };
    const seed = new Uint8Array(32);
    random(seed);
    const reference = new ReferenceProver(size, referenceProduct(seed, size));
    const commitment = await prover.commit(size, seed);
    assertEquals(commitment.root, new Uint8Array(reference.root));
    const indices = [0, ...drawRows(m, random, 8).filter((i) => i > 0 && i < m - 1), m - 1];
    assertEquals(await commitment.open(indices), reference.open(indices));
    commitment.dispose();
  }
});

gpuTest("a challenge answered on the GPU passes the CPU's verifier", async (gpu) => {
  const prover = await createProver(gpu);
  const random = seededRandom(freshSeed("challenge"));
  const nonce = new Uint8Array(32);
  random(nonce);
  const { name, ...size } = PROFILES[0]!;
  const challenge = { challenge_id: "01J", nonce, profile: name, ...size };
  const seed = challengeSeed(challenge, provider_id, "gpu-1");
  const { root, open, dispose } = await prover.prove(challenge, seed);
  const indices = drawRows(size.m, random);
  const answer = await open(indices);
  dispose();
  const check = { challenge, seed, root, indices, answer };
  assertEquals(verifyAnswer(check, random), { ok: true });
  const stolen = { ...check, seed: challengeSeed(challenge, provider_id, "gpu-2") };
  assertEquals(verifyAnswer(stolen, random).ok, false);
});

gpuTest("a challenge of another size than its profile is refused", async (gpu) => {
  const prover = await createProver(gpu);
  const challenge = {
    challenge_id: "01J",
    nonce: new Uint8Array(32),
    profile: "u32-512",
    m: 2 ** 30,
    k: 512,
    n: 512,
  };
  const error = await assertRejects(
    async () => await prover.prove(challenge, new Uint8Array(32)),
    HorizonError,
  );
  assertEquals(error.code, "invalid_challenge");
});

gpuTest(
  "a proof that the device cannot finish ends in a named error, not in a root",
  async (gpu) => {
    const prover = await createProver(gpu);
    const lost = gpu.device.lost;
    gpu.destroy();
    await lost;
    const error = await assertRejects(
      () => prover.commit({ m: 256, k: 16, n: 512 }, new Uint8Array(32)),
      HorizonError,
    );
    assertEquals(error.code, "device_lost");
  },
);

gpuTest("the measured speed is the one that its profile is picked for", async (gpu) => {
  const { gops, profile } = await measureSpeed(await createProver(gpu));
  assertEquals(Number.isInteger(gops) && gops > 0, true);
  assertEquals(pickProfile(gops).m <= profile.m, true);
});
