/** What an IP address is good for; only a `public` one may be dialled without the operator's word. */
export type AddressClass =
  | "public"
  | "loopback"
  | "private"
  | "link_local"
  | "shared"
  | "documentation"
  | "reserved"
  | "unspecified"
  | "multicast"
  | "broadcast";

/** A block of addresses: its class, or where in it the IPv4 address lies that decides its class. */
interface Block {
  network: Uint8Array;
  bits: number;
  is: AddressClass | { ipv4_at: number };
}

const V4 = 4;
const V6 = 16;
const OCTET = /^(0|[1-9]\d{0,2})$/;

/**
 * IANA's registries of special addresses; the first block that holds an address decides. In IPv6
 * only 2000::/3 is given out, so the rest is reserved without being listed.
 */
const BLOCKS: readonly Block[] = [
  // All of 0.0.0.0/8: Linux takes a connection to it for one to itself.
  block("0.0.0.0", 8, "unspecified"),
  block("10.0.0.0", 8, "private"),
  block("100.64.0.0", 10, "shared"),
  block("127.0.0.0", 8, "loopback"),
  block("169.254.0.0", 16, "link_local"),
  block("172.16.0.0", 12, "private"),
  block("192.0.0.0", 24, "reserved"),
  block("192.0.2.0", 24, "documentation"),
  block("192.88.99.0", 24, "reserved"),
  block("192.168.0.0", 16, "private"),
  block("198.18.0.0", 15, "reserved"),
  block("198.51.100.0", 24, "documentation"),
  block("203.0.113.0", 24, "documentation"),
  block("224.0.0.0", 4, "multicast"),
  block("255.255.255.255", 32, "broadcast"),
  block("240.0.0.0", 4, "reserved"),
  block("0.0.0.0", 0, "public"),

  block("::", 128, "unspecified"),
  block("::1", 128, "loopback"),
  // Mapped, compatible (given up, but some stacks still dial it), translated, NAT64, 6to4.
  block("::ffff:0:0", 96, { ipv4_at: 12 }),
  block("::", 96, { ipv4_at: 12 }),
  block("::ffff:0:0:0", 96, { ipv4_at: 12 }),
  block("64:ff9b::", 96, { ipv4_at: 12 }),
  block("2002::", 16, { ipv4_at: 2 }),
  block("64:ff9b:1::", 48, "private"),
  block("fc00::", 7, "private"),
  block("fec0::", 10, "private"),
  block("fe80::", 10, "link_local"),
  block("ff00::", 8, "multicast"),
  // Teredo, benchmarks and ORCHIDs lie in it.
  block("2001::", 23, "reserved"),
  block("2001:db8::", 32, "documentation"),
  block("3fff::", 20, "documentation"),
  block("2000::", 3, "public"),
  block("::", 0, "reserved"),
];

/**
 * Classes that no registry has, whatever the operator allows: at link-local ones clouds hand out a
 * machine's own credentials.
 */
const NEVER: ReadonlySet<AddressClass> = new Set([
  "unspecified",
  "multicast",
  "broadcast",
  "link_local",
]);

/** The class of an address in text; null if it isn't one (a name, or one with a zone). */
export function classOf(address: string): AddressClass | null {
  const bytes = addressBytes(address);
  return bytes === null ? null : classOfBytes(bytes);
}

/** True if nothing is dialled at addresses of the class. */
export function isNeverDialled(kind: AddressClass): boolean {
  return NEVER.has(kind);
}

/** The 4 or 16 bytes of an address in text, big-endian; null if it isn't one. */
export function addressBytes(address: string): Uint8Array | null {
  return address.includes(":") ? v6Bytes(address) : v4Bytes(address);
}

function classOfBytes(bytes: Uint8Array): AddressClass {
  for (const { network, bits, is } of BLOCKS) {
    if (network.length !== bytes.length || !sharesBits(network, bytes, bits)) continue;
    return typeof is === "string" ? is : classOfBytes(bytes.subarray(is.ipv4_at, is.ipv4_at + V4));
  }
  return "reserved";
}

function sharesBits(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  for (let i = 0; i * 8 < bits; i++) {
    const mask = bits - i * 8 >= 8 ? 0xff : (0xff00 >> (bits - i * 8)) & 0xff;
    if ((((a[i] ?? 0) ^ (b[i] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}

function v4Bytes(text: string): Uint8Array | null {
  const octets = text.split(".");
  if (octets.length !== V4 || !octets.every((octet) => OCTET.test(octet) && Number(octet) < 256)) {
    return null;
  }
  return Uint8Array.from(octets, Number);
}

/** The URL parser checks the spelling and writes it in one way; here only its `::` is filled in. */
function v6Bytes(text: string): Uint8Array | null {
  const host = /^[0-9a-f:.]+$/i.test(text) ? URL.parse(`http://[${text}]`)?.hostname : undefined;
  if (host === undefined) return null;
  const [head = "", tail = ""] = host.slice(1, -1).split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === "" ? [] : tail.split(":");
  const bytes = new Uint8Array(V6);
  const put = (groups: string[], at: number) => {
    const view = new DataView(bytes.buffer);
    groups.forEach((group, i) => view.setUint16(at + 2 * i, parseInt(group, 16)));
  };
  put(left, 0);
  put(right, V6 - 2 * right.length);
  return bytes;
}

function block(network: string, bits: number, is: Block["is"]): Block {
  const bytes = addressBytes(network);
  if (bytes === null) throw new TypeError(`${network} is no address`);
  return { network: bytes, bits, is };
}
