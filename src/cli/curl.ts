import { HorizonError } from "../base/errors.ts";
import type { Transport } from "../client/transport.ts";
import { API_BASE } from "../protocol/api.ts";

/** Where a session's token stands in a printed command: the token itself is a secret. */
const TOKEN = "$HORIZON_TOKEN";
/** What every command asks before its own requests; it says nothing about them. */
const PREPARING: ReadonlySet<string> = new Set([`${API_BASE}/node`, `${API_BASE}/sessions`]);

/** Ends a command whose next request would have changed something: it was printed instead. */
export class PrintedInstead extends HorizonError {
  constructor() {
    super("interrupted", "The request was printed, and not sent.");
  }
}

/**
 * A way to a registry that prints each request as a curl command. Reads are made all the same, since
 * what comes next follows from them; the first request that would change something is not sent. Throws
 * `PrintedInstead` then.
 */
export function curlTransport(transport: Transport, print: (line: string) => void): Transport {
  return {
    ...transport,
    async fetch(request) {
      if (PREPARING.has(new URL(request.url).pathname)) return await transport.fetch(request);
      print(await curlOf(request));
      if (request.method === "GET") return await transport.fetch(request);
      throw new PrintedInstead();
    },
    close: () => transport.close(),
  };
}

/** A request as a shell takes it. */
export async function curlOf(request: Request): Promise<string> {
  const words = ["curl", "-sS"];
  if (request.method !== "GET") words.push("-X", request.method);
  for (const name of ["accept", "content-type", "range"]) {
    const value = request.headers.get(name);
    if (value !== null && value !== "*/*") words.push("-H", quoted(`${name}: ${value}`));
  }
  if (request.headers.has("authorization")) words.push("-H", `"authorization: Bearer ${TOKEN}"`);
  const type = request.headers.get("content-type") ?? "";
  if (/json/.test(type)) words.push("--data-raw", quoted(await request.clone().text()));
  else if (request.method === "PUT") words.push("--data-binary", "@-");
  return [...words, quoted(request.url)].join(" ") + "\n";
}

/** A word in single quotes, in which a shell sees nothing special. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
