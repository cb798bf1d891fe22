import * as ed from "@noble/ed25519";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeBase64Url } from "@std/encoding/base64url";
import { HorizonError } from "../../src/base/errors.ts";
import { identityOf } from "../../src/base/identity.ts";
import { checkSignature, checkSignatures } from "../../src/base/signatures.ts";
import { workerVerifier } from "../../src/registry/auth/verifier.ts";
import { WorkerRole } from "../../src/registry/workers.ts";
import { seeded } from "../base/seeded.ts";
import { MAIN_URL, newActor } from "./harness.ts";

/** Order of the base point: S must lie below it. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

Deno.test("for valid keys WebCrypto and noble agree on every signature, right or wrong", async () => {
  const random = seeded("signatures");
  for (let round = 0; round < 60; round++) {
    const { id, public_key, sign } = identityOf(random.bytes(32));
    const bytes = random.bytes(1 + random.below(200));
    const signature = sign(bytes);
    const kind = random.below(5);
    if (kind === 1) signature[random.below(64)]! ^= 1 << random.below(8);
    if (kind === 2) signature.set(withOrderAdded(signature.subarray(32)), 32);
    if (kind === 3) signature.set(random.bytes(32));
    if (kind === 4) bytes.set([random.below(256)]);
    const ours = await checkSignature({ actor: id, sig: encodeBase64Url(signature), bytes });
    const oracle = ed.verify(signature, bytes, public_key, { zip215: false });
    assertEquals(ours === "valid", oracle, `kind ${kind}`);
    if (kind === 2) assertEquals(ours, "invalid_signature", "S is not canonical");
  }
});

Deno.test("a Worker gives the same verdicts as the main thread, in order", async () => {
  const signed = await Promise.all(Array.from({ length: 20 }, async (_, i) => {
    const actor = newActor();
    const bytes = new Uint8Array([i]);
    const other = new Uint8Array([i + (i % 3 === 0 ? 1 : 0)]);
    return { actor: actor.id, sig: encodeBase64Url(await actor.signAsync(other)), bytes };
  }));
  signed.push({ actor: "z6Mk", sig: signed[0]!.sig, bytes: new Uint8Array(1) });
  const verifier = workerVerifier(MAIN_URL, () => {});
  const verdicts = await verifier.verify(signed);
  assertEquals(verdicts, await checkSignatures(signed));
  assertEquals(verdicts.at(-1), "invalid_key");
  assert(verdicts.includes("valid") && verdicts.includes("invalid_signature"));
  verifier.close();
});

Deno.test("a Worker that dies fails what it was asked, is reported, and another takes its place", async () => {
  const deaths: string[] = [];
  const dying = new WorkerRole(MAIN_URL, "no-such-role", (reason) => deaths.push(reason));
  for (let round = 1; round <= 2; round++) {
    const error = await assertRejects(() => dying.ask(1), HorizonError);
    assertEquals(error.code, "internal");
    assertEquals(deaths.length, round);
  }
  dying.close();
});

/** S + L: the same point equation, and what a malleable verifier would take. */
function withOrderAdded(s: Uint8Array): Uint8Array {
  let value = ORDER;
  s.forEach((byte, i) => value += BigInt(byte) << BigInt(8 * i));
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}
