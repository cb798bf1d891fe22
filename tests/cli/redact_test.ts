import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { encodeBase58 } from "@std/encoding/base58";
import { freshSeed, seededRandom } from "../proof/seeded.ts";
import { Redactor } from "../../src/cli/self_test/redact.ts";

const redactor = () =>
  new Redactor({
    secrets: ["correct horse battery"],
    folders: new Map([["/srv/homes/alice", "~"], ["/srv/homes/alice/horizon", "$HORIZON_HOME"]]),
    names: new Map([["alice", "<user>"], ["box-17", "<host>"], ["a", "<never>"]]),
  });

const fill = seededRandom(freshSeed("redaction"));
const random = (size: number) => {
  const bytes = new Uint8Array(size);
  fill(bytes);
  return bytes;
};

/** Texts, and what of each must be gone. */
const PLANTED: [text: string, gone: string][] = [
  ["the phrase: correct horse battery", "horse"],
  ["https://bob:hunter2@registry.example/v1?token=t0k#frag", "hunter2"],
  ["https://bob:hunter2@registry.example/v1?token=t0k#frag", "t0k"],
  ["https://bob:hunter2@registry.example/v1?x=1#frag", "frag"],
  ["https://u:p@ss@registry.example/", "p@ss"],
  ["fetch wss://k3y@host:9/?q=s3cr3t failed", "s3cr3t"],
  ["Authorization: Bearer abc.def-ghi", "abc.def-ghi"],
  ["authorization=Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"],
  ["sent bearer s3cr3t-s3cr3t", "s3cr3t"],
  ["password: swordfish, user: x", "swordfish"],
  ['{"api_key":"sw0rd"}', "sw0rd"],
  ['{\\"access_token\\":\\"sw0rd\\"}', "sw0rd"],
  ["{'sessionToken': 'two words'}", "two words"],
  ["serve --kv-token sw0rd --port 1", "sw0rd"],
  ["DENO_KV_ACCESS_TOKEN=sw0rd", "sw0rd"],
  ["salt=12345", "12345"],
  ["-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----", "MC4CAQ"],
  ["-----BEGIN EC PRIVATE KEY-----\nMC4CAQ and it ends", "MC4CAQ"],
  [`key ${"ab12".repeat(16)}`, "ab12"],
  ["id 01JD9ZQ4X8M3T7V2K5N6P1R0WS", "01JD9ZQ4"],
  ["from 203.0.113.7:8420", "203.0.113.7"],
  ["dial 203.0.113.7: refused", "203.0.113.7"],
  ["peer at 203.0.113.7.", "203.0.113.7"],
  ["from [2001:db8::17]:8420", "2001:db8::17"],
  ["dial 2001:db8::17: refused", "2001:db8::17"],
  ["peer:2001:db8::17", "2001:db8::17"],
  ["on fe80::1234%eth0", "fe80::1234"],
  ["seen ::ffff:203.0.113.7", "203.0.113.7"],
  ["mail alice.b@example.org", "example.org"],
  ["/home/carol/key.pem", "carol"],
  ["C:\\Users\\carol\\key.pem", "carol"],
  ["/srv/homes/alice/x", "alice"],
  ["by Alice on BOX-17", "Alice"],
  ["by Alice on BOX-17", "BOX-17"],
  [`of z6Mk${"A".repeat(44)}`, "z6Mk"],
];

Deno.test("what is planted in a text is gone, and the text around it stays", () => {
  for (const [text, gone] of PLANTED) {
    const shown = redactor().text(text);
    assert(!shown.includes(gone), `${text} → ${shown}`);
    assert(/<\w+(:\d+)?>|~|:\/\//.test(shown), `${text} → ${shown}`);
  }
});

Deno.test("keys of any bytes are gone in each of their spellings", () => {
  for (let i = 0; i < 200; i++) {
    const key = random(32);
    const spellings = [
      key.toHex(),
      key.toBase64(),
      key.toBase64({ alphabet: "base64url", omitPadding: true }),
      encodeBase58(key),
    ];
    for (const spelling of spellings) {
      const shown = redactor().text(`failed with ${spelling} at last`);
      for (let at = 0; at + 12 <= spelling.length; at += 4) {
        assert(!shown.includes(spelling.slice(at, at + 12)), `${spelling} → ${shown}`);
      }
      assertStringIncludes(shown, "failed with ");
    }
  }
});

Deno.test("a key that happens to have no digit is gone as well", () => {
  const key = "soMszOmU+sdbBwnsYaaAmEUTglMFrWGtLaQH/gkBjaE=";
  assertEquals(redactor().text(`failed with ${key} at last`), "failed with <redacted> at last");
});

Deno.test("a field with a secret's name loses its value, whatever it is", () => {
  const given = {
    token: "x",
    nested: [{ apiKey: { deep: 1 }, sessionToken: 5, "x-api-key": "y", salt: [1] }],
    secret: null,
    gpu_id: "rig-1",
    ms: 17,
    ok: true,
    signal: "SIGKILL",
    sessions: 4,
  };
  assertEquals(redactor().value(given), {
    token: "<redacted>",
    nested: [{
      apiKey: "<redacted>",
      sessionToken: "<redacted>",
      "x-api-key": "<redacted>",
      salt: "<redacted>",
    }],
    secret: null,
    gpu_id: "rig-1",
    ms: 17,
    ok: true,
    signal: "SIGKILL",
    sessions: 4,
  });
});

Deno.test("what a bug report needs stays", () => {
  const texts = [
    "no answer from https://registry.example:8443/v1/node in 10 s",
    "listening on 127.0.0.1:8420 and [::1]:8420, 0.0.0.0",
    "2026-11-25T19:20:30.123Z lease_12 job_7 rig-1@berlin auction_31",
    "llvmpipe (LLVM 15.0.6, 256 bits), vendor 65541; driver 535.183.01",
    "The shader does not compile: line 3, column 17: unknown type 'vec5'",
    "/usr/share/vulkan/icd.d/radeon_icd.x86_64.json",
    "the process ended by SIGSEGV, signal: SIGSEGV",
    "a device_lost after 5000 ms; GPU memory ran out",
    "NVIDIA GeForce RTX 3090, maxBufferSize 2147483647",
  ];
  for (const text of texts) assertEquals(redactor().text(text), text);
});

Deno.test("the same id or address has the same number everywhere, others another", () => {
  const [one, two] = [`z6Mk${"B".repeat(44)}`, `z6Mk${"C".repeat(44)}`];
  const text = redactor().value([`${one} ${two} ${one}`, "198.51.100.1 198.51.100.2", one]);
  assertEquals(text, ["<id:1> <id:2> <id:1>", "<ip:1> <ip:2>", "<id:1>"]);
});
