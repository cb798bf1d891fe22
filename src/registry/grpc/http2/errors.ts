/** Error codes of HTTP/2 (RFC 9113, section 7). */
export const CODE = {
  no_error: 0x0,
  protocol: 0x1,
  internal: 0x2,
  flow_control: 0x3,
  stream_closed: 0x5,
  frame_size: 0x6,
  refused_stream: 0x7,
  cancel: 0x8,
  compression: 0x9,
  enhance_your_calm: 0xb,
} as const;
export type Code = (typeof CODE)[keyof typeof CODE];

/** What a peer did wrong to the whole connection, which ends by it. */
export class ConnectionError extends Error {
  override name = "ConnectionError";

  constructor(readonly code: Code, message: string) {
    super(message);
  }
}

/** What a peer did wrong to one stream, which ends by it. */
export class StreamError extends Error {
  override name = "StreamError";

  constructor(readonly stream_id: number, readonly code: Code, message: string) {
    super(message);
  }
}

export function protocolError(message: string): ConnectionError {
  return new ConnectionError(CODE.protocol, message);
}

export function compressionError(message: string): ConnectionError {
  return new ConnectionError(CODE.compression, message);
}
