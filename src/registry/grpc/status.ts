import { HorizonError } from "../../base/errors.ts";
import { meaningOf } from "../../protocol/codes.ts";
import { type Problem, problemOf } from "../../protocol/problem.ts";
import { codecOf } from "./codecs.ts";

/** Status codes of gRPC. */
export const STATUS = {
  ok: 0,
  cancelled: 1,
  invalid_argument: 3,
  deadline_exceeded: 4,
  not_found: 5,
  already_exists: 6,
  permission_denied: 7,
  resource_exhausted: 8,
  failed_precondition: 9,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;
export type Status = (typeof STATUS)[keyof typeof STATUS];

/** The gRPC status of a stable code follows from its HTTP status. */
const BY_HTTP: Readonly<Record<number, Status>> = {
  400: STATUS.invalid_argument,
  401: STATUS.unauthenticated,
  402: STATUS.failed_precondition,
  403: STATUS.permission_denied,
  404: STATUS.not_found,
  405: STATUS.unimplemented,
  408: STATUS.failed_precondition,
  409: STATUS.failed_precondition,
  410: STATUS.not_found,
  413: STATUS.resource_exhausted,
  422: STATUS.failed_precondition,
  429: STATUS.resource_exhausted,
  499: STATUS.cancelled,
  500: STATUS.internal,
  501: STATUS.unimplemented,
  502: STATUS.unavailable,
  503: STATUS.unavailable,
  504: STATUS.unavailable,
  507: STATUS.resource_exhausted,
};
/** Codes that gRPC has a word of its own for. */
const BY_CODE: Readonly<Record<string, Status>> = {
  already_exists: STATUS.already_exists,
  gpu_exists: STATUS.already_exists,
};
const DOMAIN = "horizon";
const TYPE_URL = "type.googleapis.com/";

/** How a call ends: the trailers that say so. */
export interface Ending {
  "grpc-status": string;
  "grpc-message"?: string;
  /** A google.rpc.Status: padded base64 without the padding, as gRPC has binary metadata. */
  "grpc-status-details-bin"?: string;
}

export const OK: Ending = { "grpc-status": String(STATUS.ok) };

/** An ending of gRPC's own, which no stable code stands for. */
export function ending(status: Status, message: string): Ending {
  return { "grpc-status": String(status), "grpc-message": percentEncoded(message) };
}

/** The ending of what was thrown, with its stable code in a google.rpc.ErrorInfo. */
export function endingOf(thrown: unknown): Ending {
  return problemEnding(problemOf(thrown));
}

/** The gRPC status of a stable code. */
export function statusOf(code: string): Status {
  return BY_CODE[code] ?? BY_HTTP[meaningOf(code).status] ?? STATUS.internal;
}

/** The ending that a problem document stands for. */
export function problemEnding({ code, detail, fix, details }: Problem): Ending {
  const status = statusOf(code);
  const facts = Object.entries(details ?? {}).map(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const info = {
    reason: code,
    domain: DOMAIN,
    metadata: { ...Object.fromEntries(facts), ...(fix === undefined ? {} : { fix }) },
  };
  const infos = [any("google.rpc.ErrorInfo", info)];
  const retry_after_s = details?.retry_after_s;
  if (typeof retry_after_s === "number") {
    const retry_delay = { seconds: Math.ceil(retry_after_s), nanos: 0 };
    infos.push(any("google.rpc.RetryInfo", { retry_delay }));
  }
  const bytes = codecOf("google.rpc.Status").encode({
    code: status,
    message: detail,
    details: infos,
  });
  return {
    ...ending(status, detail),
    "grpc-status-details-bin": bytes.toBase64({ omitPadding: true }),
  };
}

/** The error of a message beyond its limit. */
export function tooLarge(size_bytes: number, limit_bytes: number): HorizonError {
  const message = `A message of ${size_bytes} bytes is beyond the limit of ${limit_bytes}.`;
  return new HorizonError("too_large", message, { details: { size_bytes, limit_bytes } });
}

function any(name: string, message: Record<string, unknown>) {
  return { type_url: TYPE_URL + name, value: codecOf(name).encode(message) };
}

/** As gRPC has texts in headers: all but printable ASCII, and "%", as percent and two digits. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /%(2[0-46-9A-F]|3[A-F]|40|5[B-F]|60|7[B-E])/g,
    (escaped) => decodeURIComponent(escaped),
  );
}
