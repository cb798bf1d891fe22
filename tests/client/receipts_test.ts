import { encodeBase64Url } from "@std/encoding/base64url";
import { assertEquals, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { sha256Hex } from "../../src/base/hash.ts";
import type { Identity } from "../../src/base/identity.ts";
import { canonicalBytes } from "../../src/base/json.ts";
import { checkReceipt } from "../../src/client/receipts.ts";
import { alice, node } from "./server.ts";

const HASHES = [sha256Hex("one"), sha256Hex("two")];

function accepted(intent_sha256: string | undefined, seq: number) {
  return { ok: true, intent_sha256, seq, at: 1, type: "lease.ended", data: {} };
}

function sign(signer: Identity, rest: { node: string; results: unknown[] }) {
  return { ...rest, sig: encodeBase64Url(signer.sign(canonicalBytes(rest))) };
}

function honest() {
  return { node: node.id, results: HASHES.map((hash, i) => accepted(hash, i + 1)) };
}

Deno.test("a receipt that the registry signed for these intents is believed", async () => {
  const results = await checkReceipt(sign(node, honest()), node.id, HASHES);
  assertEquals(results.map(({ seq }) => seq), [1, 2]);
});

Deno.test("a refusal of something that is no intent needs no hash", async () => {
  const refused = {
    ok: false,
    intent_sha256: null,
    seq: null,
    code: "invalid_input",
    message: "no",
    fix: null,
    details: null,
  };
  const receipt = sign(node, { node: node.id, results: [refused] });
  const [result] = await checkReceipt(receipt, node.id, HASHES.slice(0, 1));
  assertEquals(result?.ok, false);
});

Deno.test("a forged, altered, mixed-up or truncated receipt is not believed", async () => {
  const good = sign(node, honest());
  const [one, two] = good.results;
  const other = accepted(sha256Hex("three"), 1);
  const forgeries: [what: string, receipt: unknown][] = [
    ["another signer in the registry's name", sign(alice, honest())],
    ["another signer in his own name", sign(alice, { ...honest(), node: alice.id })],
    ["a changed result", { ...good, results: [accepted(HASHES[0], 9), two] }],
    ["results swapped, signed anew", sign(node, { node: node.id, results: [two, one] })],
    ["an answer to another intent", sign(node, { node: node.id, results: [other, two] })],
    ["one result too few", sign(node, { node: node.id, results: [one] })],
    ["one result too many", sign(node, { node: node.id, results: [one, two, two] })],
    ["no signature", { node: good.node, results: good.results }],
    ["a short signature", { ...good, sig: good.sig.slice(1) }],
    ["a field more", { ...good, note: "trust me" }],
    [
      "an acceptance without its hash",
      sign(node, { node: node.id, results: [accepted(undefined, 1)] }),
    ],
    ["nothing", null],
  ];
  for (const [what, receipt] of forgeries) {
    const error = await assertRejects(() => checkReceipt(receipt, node.id, HASHES), HorizonError);
    assertEquals(error.code, "bad_gateway", what);
  }
});
