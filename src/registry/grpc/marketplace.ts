import { ServerSentEventParseStream } from "@std/http/server-sent-event-parse-stream";
import { LIMITS } from "../../protocol/limits.ts";
import { Problem } from "../../protocol/problem.ts";
import type { Caller } from "../door.ts";
import type { Call } from "./call.ts";
import { type Codec, codecOf, ROOT } from "./codecs.ts";
import { HorizonError } from "../../base/errors.ts";
import { type HttpRequest, STREAMS, UNARY } from "./methods.ts";
import { type Ending, OK, problemEnding } from "./status.ts";

/** The registry's HTTP interface, inside this process. */
export type Fetch = (request: Request, caller: Caller) => Promise<Response>;

/** The service of the marketplace by its full name. */
export const MARKETPLACE = "horizon.v1.Marketplace";
/** Nobody connects to it: requests stay inside this process. */
const ORIGIN = "http://grpc.invalid";

/**
 * Answers a call of the marketplace by the HTTP interface, so that rights, limits and answers are the
 * same. False for a method that it doesn't have. Throws what is wrong with the message.
 */
export async function answerMarketplace(
  name: string,
  call: Call,
  fetch: Fetch,
  caller: Caller,
): Promise<boolean> {
  const unary = Object.hasOwn(UNARY, name) ? UNARY[name] : undefined;
  if (unary !== undefined) {
    const { input, output } = codecsOf(name);
    const asked = input.decode(await call.message(LIMITS.request_bytes));
    const response = await fetch(requestOf(unary.request(asked), call), caller);
    if (!response.ok) call.end(await refusalOf(response));
    else {
      const json = await response.json();
      await call.answer(output.encode(unary.answer === undefined ? json : unary.answer(json)));
    }
    return true;
  }
  const stream = Object.hasOwn(STREAMS, name) ? STREAMS[name] : undefined;
  if (stream === undefined) return false;
  const { input, output } = codecsOf(name);
  const asked = input.decode(await call.message(LIMITS.request_bytes));
  const response = await fetch(requestOf(stream.request(asked), call), caller);
  if (!response.ok || response.body === null) call.end(await refusalOf(response));
  else {
    call.begin();
    for await (const data of eventsOf(response.body, call.signal)) {
      await call.send(output.encode(stream.item(data)));
    }
    call.end(OK);
  }
  return true;
}

function requestOf({ method, path, body }: HttpRequest, call: Call): Request {
  const authorization = call.header("authorization");
  return new Request(ORIGIN + path, {
    method,
    headers: authorization === undefined ? {} : { authorization },
    ...(body === undefined ? {} : { body }),
  });
}

/** The data of a stream's messages, until its end or the call's. */
async function* eventsOf(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const messages = body.pipeThrough(new ServerSentEventParseStream());
  const reader = messages.getReader();
  const stop = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", stop);
  try {
    for (let next; !(next = await reader.read()).done;) {
      if (next.value.data !== undefined) yield next.value.data;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

async function refusalOf(response: Response): Promise<Ending> {
  const problem = Problem.safeParse(await response.json().catch(() => null));
  if (problem.success) return problemEnding(problem.data);
  throw new HorizonError("internal", "The registry's answer is no problem document.");
}

const codecs = new Map<string, { input: Codec; output: Codec }>();

function codecsOf(name: string): { input: Codec; output: Codec } {
  const known = codecs.get(name);
  if (known !== undefined) return known;
  const method = ROOT.lookupService(MARKETPLACE).methods[name];
  if (method?.resolvedRequestType == null || method.resolvedResponseType === null) {
    throw new Error(`${name} is not in the .proto file`);
  }
  const found = {
    input: codecOf(method.resolvedRequestType.fullName.slice(1)),
    output: codecOf(method.resolvedResponseType.fullName.slice(1)),
  };
  codecs.set(name, found);
  return found;
}
