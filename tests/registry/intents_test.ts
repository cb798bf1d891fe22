import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decodeBase64Url } from "@std/encoding/base64url";
import { encodeBase58 } from "@std/encoding/base58";
import { canonicalBytes } from "../../src/base/json.ts";
import { verifySignature } from "../../src/base/signature.ts";
import type { IntentResult } from "../../src/protocol/api.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { act, envelope, gpuBody, newActor, openTest, problemIn, submit } from "./harness.ts";

const NO_DEPOSIT = { to: newActor().id, amount_micros: 1 };

/** Code of a refusal that left no trace in the feed. */
function refusal(result: IntentResult | undefined): string {
  if (result === undefined || result.ok) return "accepted";
  assertEquals(result.seq, null);
  return result.code;
}

Deno.test("an intent is refused before the market sees it, with the code of what is wrong", async () => {
  await using registry = await openTest();
  const actor = newActor();
  const body = gpuBody("gpu-1");
  const now = registry.clock.now();
  const good = await envelope(actor, registry, "gpu.register", body);
  const make = (changes: Parameters<typeof envelope>[4]) =>
    envelope(actor, registry, "gpu.register", body, changes);
  const changed = (change: object) => ({ ...good, intent: { ...good.intent, ...change } });
  const before = registry.services.sequencer.head;
  const cases: [string, unknown, string][] = [
    [
      "a tampered body",
      changed({ body: { ...body, price_micros_per_hour: 1 } }),
      "invalid_signature",
    ],
    ["another actor's name", changed({ actor: newActor().id }), "invalid_signature"],
    ["a signature with a bit flipped", { ...good, sig: flip(good.sig) }, "invalid_signature"],
    ["a signature cut short", { ...good, sig: good.sig.slice(0, -2) }, "invalid_input"],
    ["no signature", { intent: good.intent }, "invalid_input"],
    ["a field too many beside it", { ...good, extra: 1 }, "invalid_input"],
    ["a field too many in it", changed({ extra: 1 }), "invalid_input"],
    ["no intent at all", null, "invalid_input"],
    ["an unknown type", changed({ type: "gpu.regster" }), "invalid_input"],
    ["a type that every object has", changed({ type: "constructor" }), "invalid_input"],
    [
      "another registry's address",
      await make({ registry: newActor().id }),
      "intent_wrong_registry",
    ],
    ["an expired one", await make({ issued_at: now - 2, expires_at: now }), "intent_expired"],
    [
      "one from the future",
      await make({
        issued_at: now + LIMITS.clock_skew_ms + 1,
        expires_at: now + LIMITS.clock_skew_ms + 1000,
      }),
      "intent_not_yet_valid",
    ],
    [
      "one that lives too long",
      await make({ expires_at: now + LIMITS.intent_life_ms + 1 }),
      "invalid_input",
    ],
    ["one that ends before it begins", await make({ expires_at: now - 1 }), "invalid_input"],
    [
      "a node's intent by another",
      await envelope(actor, registry, "wallet.deposit", NO_DEPOSIT),
      "forbidden",
    ],
  ];
  for (const [what, given, code] of cases) {
    const [result] = await submit(registry, given);
    assertEquals(refusal(result), code, what);
  }
  assertEquals(registry.services.sequencer.head, before, "nothing entered the feed");
  const [result] = await submit(registry, good);
  assertEquals(result?.ok, true, "the untouched envelope is fine");
});

Deno.test("an unknown type is answered with the nearest one", async () => {
  await using registry = await openTest();
  const good = await envelope(newActor(), registry, "gpu.register", gpuBody("gpu-1"));
  const [result] = await submit(registry, {
    ...good,
    intent: { ...good.intent, type: "gpu.regster" },
  });
  assert(result !== undefined && !result.ok);
  assertStringIncludes(result.fix ?? "", "gpu.register");
});

Deno.test("keys of small order are refused, whatever they sign", async () => {
  await using registry = await openTest();
  const good = await envelope(newActor(), registry, "gpu.register", gpuBody("gpu-1"));
  const points = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  ];
  for (const point of points) {
    const bytes = new Uint8Array([0xed, 0x01, ...Uint8Array.fromHex(point)]);
    const actor = "z" + encodeBase58(bytes);
    const [result] = await submit(registry, { ...good, intent: { ...good.intent, actor } });
    assert(
      ["invalid_key", "invalid_input"].includes(refusal(result)),
      `${point}: ${refusal(result)}`,
    );
  }
});

Deno.test("the same intent again gets the first answer; its id with another body is refused", async () => {
  await using registry = await openTest();
  const actor = newActor();
  const first = await envelope(actor, registry, "gpu.register", gpuBody("gpu-1"));
  const [once, twice] = await submit(registry, first, first);
  assertEquals(once, twice);
  const [later] = await submit(registry, first);
  assertEquals(later, once, "read back from the journal");
  const id = String(first.intent.id);
  const other = await envelope(actor, registry, "gpu.register", gpuBody("gpu-2"), { id });
  const [reused] = await submit(registry, other);
  assertEquals(refusal(reused), "intent_id_reused");
  const another = await envelope(newActor(), registry, "gpu.register", gpuBody("gpu-3"), { id });
  assertEquals((await submit(registry, another))[0]?.ok, true, "ids belong to their actor");
});

Deno.test("an intent that the market refused stays refused when the market has changed", async () => {
  await using registry = await openTest();
  const [owner, renter] = [newActor(), newActor()];
  const update = await envelope(owner, registry, "gpu.update", {
    gpu_id: "gpu-1",
    price_micros_per_hour: 1,
  });
  const [refused] = await submit(registry, update);
  assert(refused !== undefined && !refused.ok && refused.seq !== null);
  assertEquals(refused.code, "gpu_not_found");
  await act(registry, owner, "gpu.register", gpuBody("gpu-1"));
  const [again] = await submit(registry, update);
  assertEquals(again, refused);
  const rejected = await act(registry, renter, "gpu.update", {
    gpu_id: "gpu-1",
    price_micros_per_hour: 1,
  });
  assertEquals(rejected.ok ? "accepted" : rejected.code, "forbidden");
});

Deno.test("one request's intents are answered each on its own, in order", async () => {
  await using registry = await openTest();
  const owner = newActor();
  const register = await envelope(owner, registry, "gpu.register", gpuBody("gpu-1"));
  const bad = { ...register, sig: flip(register.sig) };
  const update = await envelope(owner, registry, "gpu.update", {
    gpu_id: "gpu-1",
    price_micros_per_hour: 7,
  });
  const results = await submit(registry, update, bad, register, "nonsense");
  assertEquals(results.map((result) => result.ok ? "ok" : result.code), [
    "gpu_not_found",
    "invalid_signature",
    "ok",
    "invalid_input",
  ]);
});

Deno.test("a receipt is signed by the node over everything else in it", async () => {
  await using registry = await openTest();
  const sent = await envelope(newActor(), registry, "gpu.register", gpuBody("gpu-1"));
  const response = await registry.fetch("/v1/intents", {
    method: "POST",
    body: JSON.stringify({ envelopes: [sent] }),
  });
  const { sig, ...rest } = await response.json();
  const { id, public_key } = registry.node;
  const check = (what: unknown) =>
    verifySignature(id, public_key, decodeBase64Url(sig).slice(), canonicalBytes(what));
  assert(await check(rest));
  assert(!await check({ ...rest, results: [] }));
});

Deno.test("bodies are bounded: too large, too deep, not JSON, too many, none", async () => {
  await using registry = await openTest();
  const post = async (body: BodyInit) => {
    const response = await registry.fetch("/v1/intents", { method: "POST", body });
    return `${response.status} ${(await problemIn(response)).code}`;
  };
  const deep = "[".repeat(10_000) + "]".repeat(10_000);
  assertEquals(await post("{"), "400 invalid_input");
  assertEquals(await post(new Uint8Array([0xff, 0xfe])), "400 invalid_input");
  assertEquals(await post(deep), "400 invalid_input");
  assertEquals(await post(JSON.stringify({ envelopes: [] })), "400 invalid_input");
  const many = JSON.stringify({ envelopes: Array(LIMITS.intents_per_request + 1).fill(0) });
  assertEquals(await post(many), "400 invalid_input");
  assertEquals(await post(" ".repeat(LIMITS.request_bytes + 1)), "413 too_large");
  const endless = new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(1024 * 1024));
    },
  });
  assertEquals(await post(endless), "413 too_large");
});

function flip(sig: string): string {
  return (sig[0] === "A" ? "B" : "A") + sig.slice(1);
}
