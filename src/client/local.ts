import { join } from "node:path";
import { LOCAL_TOKEN_HEADER } from "../protocol/api.ts";
import { LOCAL_FILE, LocalAccess } from "../protocol/local.ts";
import { httpTransport, type Transport } from "./transport.ts";

/** How the holder of a data folder says it can be reached, or null if it doesn't (yet). */
export async function readLocalAccess(folder: string): Promise<LocalAccess | null> {
  const text = await Deno.readTextFile(join(folder, LOCAL_FILE)).catch((cause) => {
    if (cause instanceof Deno.errors.NotFound) return null;
    throw cause;
  });
  if (text === null) return null;
  try {
    return LocalAccess.parse(JSON.parse(text));
  } catch {
    // Half of a file from a process that died; whoever holds the folder writes it anew.
    return null;
  }
}

/** The transport to the holder of a data folder: always plain HTTP on loopback. */
export function localTransport(access: LocalAccess): Transport {
  const headers = access.token === null ? {} : { [LOCAL_TOKEN_HEADER]: access.token };
  return httpTransport(access.url, { headers });
}
