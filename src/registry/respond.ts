/** Headers of a JSON answer that nobody on the way may keep. */
const JSON_HEADERS = { "content-type": "application/json", "cache-control": "no-store" };

/** A JSON answer from text or bytes that are JSON already. */
export function jsonBody(body: string | Uint8Array<ArrayBuffer>): Response {
  return new Response(body, { headers: JSON_HEADERS });
}

/** A JSON answer. */
export function json(value: unknown): Response {
  return jsonBody(JSON.stringify(value));
}
