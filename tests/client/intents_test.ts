import { decodeBase64Url } from "@std/encoding/base64url";
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import { verifySignature } from "../../src/base/signature.ts";
import { signIntent, signSession } from "../../src/client/intents.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { SessionEnvelope } from "../../src/protocol/intent.ts";
import { alice, node } from "./server.ts";

const signing = { identity: alice, node_id: node.id, now_ms: 1_800_000_000_000 };

Deno.test("an intent is signed over its canonical bytes, for one registry, for ten minutes", async () => {
  const { envelope, intent_sha256 } = await signIntent(
    "lease.end",
    { lease_id: "lease_7" },
    signing,
  );
  const { intent, sig } = envelope;
  const bytes = canonicalBytes(intent);
  assert(await verifySignature(alice.id, alice.public_key, decodeBase64Url(sig).slice(), bytes));
  assertEquals(intent_sha256, sha256Hex(bytes));
  assertEquals([intent.actor, intent.registry], [alice.id, node.id]);
  assertEquals(intent.expires_at - intent.issued_at, LIMITS.intent_life_ms);
});

Deno.test("the same wish signed twice is two intents", async () => {
  const [a, b] = await Promise.all(
    [1, 2].map(() => signIntent("lease.end", { lease_id: "lease_7" }, signing)),
  );
  assertNotEquals(a?.envelope.intent.id, b?.envelope.intent.id);
});

Deno.test("a body that the registry would refuse is never signed", async () => {
  const bad = [
    { gpu_id: "\u0007", price_micros_per_hour: 1 },
    { gpu_id: "x".repeat(10_000), price_micros_per_hour: 1 },
    { gpu_id: "x", price_micros_per_hour: -1 },
    { gpu_id: "x", price_micros_per_hour: NaN },
    { gpu_id: "x", price_micros_per_hour: 0.5 },
    { gpu_id: "x", price_micros_per_hour: 2 ** 32 },
  ];
  for (const body of bad) {
    const error = await assertRejects(() => signIntent("gpu.update", body, signing), HorizonError);
    assertEquals(error.code, "invalid_input");
  }
});

Deno.test("a session request has the protocol's own form", async () => {
  const envelope = SessionEnvelope.parse(await signSession(signing));
  const bytes = canonicalBytes(envelope.intent);
  const signature = decodeBase64Url(envelope.sig).slice();
  assert(await verifySignature(alice.id, alice.public_key, signature, bytes));
});
