import { HorizonError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";

/** How deep JSON from outside may nest; ours nests six levels. */
const MAX_DEPTH = 32;
const decoder = new TextDecoder("utf-8", { fatal: true });

/** The bytes of a request's body. Throws `too_large` beyond `max_bytes`, and then reads no further. */
export async function readBytes(
  request: Request,
  max_bytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const declared = Number(request.headers.get("content-length") ?? "0");
  if (declared > max_bytes) {
    await request.body?.cancel();
    throw tooLarge(max_bytes);
  }
  if (request.headers.has("content-length")) {
    // The server never hands on more than was declared.
    return new Uint8Array(await request.arrayBuffer());
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of bounded(request.body, max_bytes)) {
    parts.push(part);
    size += part.length;
  }
  return joined(parts, size);
}

/**
 * Like `readBytes`, for a body that must be here in time: one that trickles in is given up. Throws
 * `timeout`, `too_large`.
 */
export async function readBytesWithin(
  request: Request,
  max_bytes: number,
  wait_ms: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const declared = Number(request.headers.get("content-length") ?? "0");
  if (declared > max_bytes) {
    await request.body?.cancel();
    throw tooLarge(max_bytes);
  }
  const reader = request.body?.getReader();
  if (reader === undefined) return new Uint8Array();
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => undefined);
  const timer = setTimeout(() => late.reject(tooSlow(wait_ms)), wait_ms);
  try {
    return await readAll(reader, max_bytes, late.promise);
  } catch (thrown) {
    reader.cancel().catch(() => undefined);
    throw thrown;
  } finally {
    clearTimeout(timer);
  }
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  max_bytes: number,
  late: Promise<never>,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await Promise.race([reader.read(), late]);
    if (done) return joined(parts, size);
    size += value.length;
    if (size > max_bytes) throw tooLarge(max_bytes);
    parts.push(value);
  }
}

async function* bounded(
  body: ReadableStream<Uint8Array> | null,
  max_bytes: number,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const part of body ?? []) {
    size += part.length;
    if (size > max_bytes) throw tooLarge(max_bytes);
    yield part;
  }
}

/** The JSON value of a body. Throws `invalid_input` for what is no JSON text, or nests too deep. */
export function parseJson(bytes: Uint8Array): Json {
  if (depthOf(bytes) > MAX_DEPTH) {
    throw new HorizonError("invalid_input", `The body nests deeper than ${MAX_DEPTH} levels.`);
  }
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    throw new HorizonError("invalid_input", "The body is not valid JSON in UTF-8.", { cause });
  }
}

/** The JSON value of a request's body of at most `max_bytes`. */
export async function readJson(request: Request, max_bytes: number): Promise<Json> {
  return parseJson(await readBytes(request, max_bytes));
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Deepest nesting of brackets outside of strings. */
function depthOf(bytes: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) deepest = Math.max(deepest, ++depth);
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth--;
  }
  return deepest;
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function tooSlow(wait_ms: number): HorizonError {
  return new HorizonError("timeout", `The body was not here within ${Math.round(wait_ms)} ms.`);
}

function tooLarge(max_bytes: number): HorizonError {
  return new HorizonError("too_large", `The body is longer than the ${max_bytes} bytes allowed.`, {
    details: { max_bytes },
  });
}
