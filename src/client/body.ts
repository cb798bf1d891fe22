import { HorizonError } from "../base/errors.ts";

/** The bytes of an answer's body. Throws `bad_gateway` as soon as it has more than `max_bytes`. */
export async function readBody(
  response: Response,
  max_bytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size_bytes = 0;
  for await (const chunk of response.body ?? []) {
    size_bytes += chunk.length;
    if (size_bytes > max_bytes) {
      throw badAnswer(`its answer has more than ${max_bytes} bytes`);
    }
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size_bytes);
  let offset_bytes = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset_bytes);
    offset_bytes += chunk.length;
  }
  return bytes;
}

/** The JSON value of a body. Throws `bad_gateway`. */
export async function readJson(response: Response, max_bytes: number): Promise<unknown> {
  const bytes = await readBody(response, max_bytes);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw badAnswer("its answer is not JSON", cause);
  }
}

/** What a registry said is no answer to what was asked. */
export function badAnswer(why: string, cause?: unknown): HorizonError {
  return new HorizonError("bad_gateway", `The registry answered with garbage: ${why}.`, {
    cause,
    fix: "Check that the address is a Horizon registry's: horizon config --get registry",
  });
}
