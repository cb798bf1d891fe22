import { HorizonError, messageOf } from "../base/errors.ts";

/** Why a port can't be opened: `port_in_use`, or `invalid_input`. */
export function bindError(
  cause: unknown,
  { host, port }: { host: string; port: number },
): HorizonError {
  const place = `${host}:${port}`;
  if (cause instanceof Deno.errors.AddrInUse) {
    return new HorizonError("port_in_use", `Something else listens on ${place}.`, {
      fix: "Take another port with --port, or stop the other program.",
      cause,
    });
  }
  return new HorizonError("invalid_input", `Cannot listen on ${place}: ${messageOf(cause)}`, {
    fix: "Check the host, the port, and the certificate's files.",
    cause,
  });
}
