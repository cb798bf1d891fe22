import { HorizonError, messageOf } from "../base/errors.ts";

/** Where a connection goes: an address, never a name. */
export interface Endpoint {
  address: string;
  port: number;
}

/** Opens a TCP connection. Throws `network` if it is refused or not open within `timeout_ms`. */
export async function tcpConnect(endpoint: Endpoint, timeout_ms: number): Promise<Deno.TcpConn> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeout_ms);
  try {
    return await Deno.connect({
      hostname: endpoint.address,
      port: endpoint.port,
      signal: limit.signal,
    });
  } catch (cause) {
    const reason = limit.signal.aborted ? `no answer within ${timeout_ms} ms` : messageOf(cause);
    throw new HorizonError("network", `${endpointText(endpoint)} can't be reached: ${reason}.`, {
      cause,
      fix: "Check that the registry is running there and that no firewall drops the connection.",
    });
  } finally {
    clearTimeout(timer);
  }
}

/** "10.0.0.1:8420", "[::1]:8420". */
export function endpointText({ address, port }: Endpoint): string {
  return `${bracketed(address)}:${port}`;
}

/** An IPv6 address as it stands in front of a port; an IPv4 address as it is. */
export function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
