import * as ed from "@noble/ed25519";
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import {
  ACTOR_ID_PATTERN,
  actorId,
  identityOf,
  newSecret,
  publicKeyOf,
} from "../../src/base/identity.ts";
import { verifySignature } from "../../src/base/signature.ts";
import { seeded } from "./seeded.ts";

Deno.test("an id names its public key and nothing else", () => {
  for (let i = 0; i < 50; i++) {
    const identity = identityOf(newSecret());
    assert(ACTOR_ID_PATTERN.test(identity.id), identity.id);
    assertEquals(publicKeyOf(identity.id), identity.public_key);
  }
});

Deno.test("the id of a known seed is that of the W3C test vector's form", () => {
  // RFC 8032, test 1: the public key of this seed is d75a9801…511a.
  const seed = Uint8Array.fromHex(
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
  );
  const identity = identityOf(seed);
  assertEquals(
    identity.public_key.toHex(),
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
  );
  assertEquals(
    identity.sign(new Uint8Array()).toHex().slice(0, 32),
    "e5564300c360ac729086e2cc806e828a",
  );
});

Deno.test("the two ways to sign agree, and both verify", async () => {
  const random = seeded("signatures");
  for (let i = 0; i < 20; i++) {
    const identity = identityOf(random.bytes(32));
    const message = random.bytes(random.below(300));
    const signature = await identity.signAsync(message);
    assertEquals(identity.sign(message), signature);
    assert(await verifySignature(identity.id, identity.public_key, signature, message));
  }
});

Deno.test("WebCrypto and noble agree on every damaged signature of a valid key", async () => {
  const random = seeded("damaged signatures");
  for (let i = 0; i < 60; i++) {
    const identity = identityOf(random.bytes(32));
    const message = random.bytes(40);
    const signature = identity.sign(message);
    const at = random.below(64);
    signature[at] = (signature[at] ?? 0) ^ (1 << random.below(8));
    const ours = await verifySignature(identity.id, identity.public_key, signature, message);
    assertEquals(ours, false);
    assertEquals(ed.verify(signature, message, identity.public_key, { zip215: false }), ours);
  }
});

Deno.test("a signature with S + L, which is no canonical one, is refused", async () => {
  const identity = identityOf(newSecret());
  const message = new TextEncoder().encode("pay");
  const signature = identity.sign(message);
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  let s = order;
  for (let i = 0; i < 32; i++) s += BigInt(signature[32 + i] ?? 0) << BigInt(8 * i);
  for (let i = 0; i < 32; i++) signature[32 + i] = Number((s >> BigInt(8 * i)) & 0xffn);
  assertEquals(await verifySignature(identity.id, identity.public_key, signature, message), false);
});

Deno.test("a signature that is too short or too long is not valid", async () => {
  const identity = identityOf(newSecret());
  const message = new Uint8Array(3);
  const signature = identity.sign(message);
  for (const wrong of [signature.slice(1), new Uint8Array(), new Uint8Array([...signature, 0])]) {
    assertEquals(await verifySignature(identity.id, identity.public_key, wrong, message), false);
  }
});

Deno.test("keys of small order and keys that are no points name nobody", () => {
  const small = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "0200000000000000000000000000000000000000000000000000000000000000",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ];
  for (const hex of small) {
    const error = assertThrows(() => publicKeyOf(actorId(Uint8Array.fromHex(hex))), HorizonError);
    assertEquals(error.code, "invalid_key", hex);
  }
});

Deno.test("a key with a small-order part added to it names nobody", () => {
  const order8 = ed.Point.fromHex(
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  );
  const mixed = ed.Point.fromBytes(identityOf(newSecret()).public_key).add(order8).toBytes();
  assertThrows(() => publicKeyOf(actorId(mixed)), HorizonError, "small-order");
});

Deno.test("texts that are no ids are refused", () => {
  const { id } = identityOf(newSecret());
  const wrong = [
    "",
    "z6Mk",
    id.slice(1),
    id + "1",
    id.replace("z6Mk", "z6Mj"),
    ` ${id}`,
    id + "\n",
  ];
  for (const text of [...wrong, id.slice(0, -1) + "0", "z6Mk" + "1".repeat(44)]) {
    assertThrows(() => publicKeyOf(text), HorizonError, "");
  }
});

Deno.test("fresh secrets differ", () => {
  assertNotEquals(newSecret(), newSecret());
});
