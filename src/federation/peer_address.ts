import { lookup } from "node:dns/promises";
import { HorizonError, messageOf } from "../base/errors.ts";
import { LIMITS } from "../protocol/limits.ts";
import { addressBytes, classOf, isNeverDialled } from "./address_class.ts";

/** The IP addresses of a name, in the order to prefer. */
export type Resolve = (name: string) => Promise<string[]>;

/** What the operating system says: its hosts file, then the DNS, both families. */
export const systemResolve: Resolve = async (name) => {
  const found = await lookup(name, { all: true, verbatim: true });
  return found.map(({ address }) => address);
};

/**
 * The addresses of a URL's host, each of which may be dialled. One lookup; none for an address. Throws
 * `private_address` if any of them is not public and `private_peers` is false, or if any is one that
 * no registry can have; `network` if the name has none or isn't answered in time.
 */
export async function peerAddresses(
  url: URL,
  private_peers: boolean,
  resolve: Resolve,
): Promise<string[]> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = addressBytes(host) === null ? await resolved(host, resolve) : [host];
  for (const address of addresses) refuseForbidden(url, address, private_peers);
  return addresses;
}

async function resolved(name: string, resolve: Resolve): Promise<string[]> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const { home_timeout_ms: timeout_ms, dial_addresses } = LIMITS;
  const timer = setTimeout(() => reject(new Error(`no answer in ${timeout_ms} ms`)), timeout_ms);
  let addresses: string[];
  try {
    addresses = [...new Set(await Promise.race([resolve(name), late]))];
  } catch (cause) {
    throw unresolved(name, messageOf(cause), cause);
  } finally {
    clearTimeout(timer);
  }
  if (addresses.length === 0) throw unresolved(name, "it has no address");
  if (addresses.length > dial_addresses) {
    throw unresolved(name, `it has ${addresses.length} addresses, more than ${dial_addresses}`);
  }
  return addresses;
}

function unresolved(name: string, reason: string, cause?: unknown): HorizonError {
  return new HorizonError("network", `The name ${name} can't be resolved: ${reason}.`, {
    cause,
    fix: "Check the registry's URL and this machine's name servers.",
  });
}

function refuseForbidden(url: URL, address: string, private_peers: boolean): void {
  const kind = classOf(address);
  if (kind === "public") return;
  const shown = kind === null ? "no IP address" : `an address of class ${kind}`;
  const message = `${url.origin} leads to ${address}, ${shown}`;
  if (kind === null || isNeverDialled(kind)) {
    throw new HorizonError("private_address", `${message}; no registry can be there.`, {
      details: { address, class: kind },
      fix: "Use the URL under which the registry can be reached from outside.",
    });
  }
  if (private_peers) return;
  throw new HorizonError("private_address", `${message}, which is not public.`, {
    details: { address, class: kind },
    fix: "If peers of your own network are meant: horizon serve --private-peers, or " +
      "horizon config --set private_peers true.",
  });
}
