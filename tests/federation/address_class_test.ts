import { assert, assertEquals } from "@std/assert";
import { addressBytes, type AddressClass, classOf } from "../../src/federation/address_class.ts";
import { Random } from "../random.ts";

/** First and last address of each block that isn't public, in order, as the registries write them. */
const V4_BLOCKS: [string, string, AddressClass][] = [
  ["0.0.0.0", "0.255.255.255", "unspecified"],
  ["10.0.0.0", "10.255.255.255", "private"],
  ["100.64.0.0", "100.127.255.255", "shared"],
  ["127.0.0.0", "127.255.255.255", "loopback"],
  ["169.254.0.0", "169.254.255.255", "link_local"],
  ["172.16.0.0", "172.31.255.255", "private"],
  ["192.0.0.0", "192.0.0.255", "reserved"],
  ["192.0.2.0", "192.0.2.255", "documentation"],
  ["192.88.99.0", "192.88.99.255", "reserved"],
  ["192.168.0.0", "192.168.255.255", "private"],
  ["198.18.0.0", "198.19.255.255", "reserved"],
  ["198.51.100.0", "198.51.100.255", "documentation"],
  ["203.0.113.0", "203.0.113.255", "documentation"],
  ["224.0.0.0", "239.255.255.255", "multicast"],
  ["240.0.0.0", "255.255.255.254", "reserved"],
  ["255.255.255.255", "255.255.255.255", "broadcast"],
];

/** The same rule by plain comparison of numbers. */
function expectedV4(value: number): AddressClass {
  const found = V4_BLOCKS.find(([first, last]) =>
    toNumber(first) <= value && value <= toNumber(last)
  );
  return found?.[2] ?? "public";
}

Deno.test("IPv4 addresses at the edges of every block, and 50,000 drawn ones, have its class", () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  const edges = V4_BLOCKS.flatMap(([first, last]) => [toNumber(first), toNumber(last)])
    .flatMap((edge) => [edge - 1, edge, edge + 1]).filter((value) => value >= 0 && value < 2 ** 32);
  const drawn = Array.from({ length: 50_000 }, () => random.below(2 ** 32));
  for (const value of [...edges, ...drawn]) {
    assertEquals(classOf(toText(value)), expectedV4(value), toText(value));
  }
});

Deno.test("an IPv4 address inside an IPv6 one has the class of the IPv4 one", () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  const edges = V4_BLOCKS.flatMap(([first, last]) => [toNumber(first), toNumber(last)]);
  const drawn = Array.from({ length: 2_000 }, () => random.below(2 ** 32));
  for (const value of [...edges, ...drawn]) {
    const expected = expectedV4(value);
    const high = (value >>> 16).toString(16);
    const low = (value & 0xffff).toString(16);
    const forms = [
      `::ffff:${toText(value)}`,
      `::ffff:${high}:${low}`,
      `0:0:0:0:0:FFFF:${high}:${low}`,
      `::ffff:0:${high}:${low}`,
      `64:ff9b::${toText(value)}`,
      `2002:${high}:${low}::1`,
    ];
    for (const form of forms) assertEquals(classOf(form), expected, form);
  }
});

Deno.test("IPv6 addresses have the class of their block", () => {
  const cases: [string, AddressClass][] = [
    ["::", "unspecified"],
    ["0:0:0:0:0:0:0:0", "unspecified"],
    ["::1", "loopback"],
    ["::2", "unspecified"],
    ["::7f00:1", "loopback"],
    ["64:ff9b::7f00:1", "loopback"],
    ["64:ff9b:1::1", "private"],
    ["100::1", "reserved"],
    ["1fff:ffff::1", "reserved"],
    ["2000::1", "public"],
    ["2001::1", "reserved"],
    ["2001:1ff:ffff::1", "reserved"],
    ["2001:200::1", "public"],
    ["2001:db8::1", "documentation"],
    ["2001:db9::1", "public"],
    ["2606:4700:4700::1111", "public"],
    ["3fff::1", "documentation"],
    ["3fff:1000::1", "public"],
    ["4000::1", "reserved"],
    ["5f00::1", "reserved"],
    ["fbff::1", "reserved"],
    ["fc00::1", "private"],
    ["fdff:ffff::1", "private"],
    ["fe80::1", "link_local"],
    ["febf::1", "link_local"],
    ["fec0::1", "private"],
    ["ff02::1", "multicast"],
    ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast"],
  ];
  for (const [address, expected] of cases) assertEquals(classOf(address), expected, address);
});

Deno.test("outside 2000::/3 and the NAT64 prefix no drawn IPv6 address is public", () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  for (let i = 0; i < 20_000; i++) {
    const bytes = random.bytes(16);
    const groups = Array.from({ length: 8 }, (_, at) => (bytes[2 * at]! << 8) | bytes[2 * at + 1]!);
    const text = groups.map((group) => group.toString(16)).join(":");
    assertEquals(addressBytes(text), bytes, text);
    if (classOf(text) === "public") assert((bytes[0]! & 0xe0) === 0x20, text);
  }
});

Deno.test("what is no address in its plain spelling has no class", () => {
  const texts = ["", "localhost", "127.1", "0x7f.0.0.1", "0177.0.0.1", "1.2.3.256", "1.2.3.4.5"];
  texts.push("1.2.3.", "1.2.3.-1", "fe80::1%eth0", "[::1]", "1::2::3", ":", "::ffff:1.2.3", "g::1");
  for (const text of texts) assertEquals(classOf(text), null, text);
});

function toNumber(text: string): number {
  return text.split(".").reduce((value, octet) => value * 256 + Number(octet), 0);
}

function toText(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join(".");
}
