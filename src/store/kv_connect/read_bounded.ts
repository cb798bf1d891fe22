/** The bytes of an answer. Throws a RangeError beyond `max_bytes`, and then reads no further. */
export async function readBounded(
  response: Response,
  max_bytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const tooLong = () => new RangeError(`its answer is longer than ${max_bytes} bytes`);
  const declared = Number(response.headers.get("content-length") ?? NaN);
  if (declared > max_bytes) {
    await response.body?.cancel();
    throw tooLong();
  }
  // The transport hands on no more than was declared.
  if (!Number.isNaN(declared)) return new Uint8Array(await response.arrayBuffer());
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > max_bytes) throw tooLong();
    parts.push(part);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
