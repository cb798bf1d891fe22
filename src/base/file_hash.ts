import { createHash, type Hash } from "node:crypto";

/** SHA-256 over the bytes of an open file from its beginning, and how many there are; no more is held. */
export async function hashOfFile(file: Deno.FsFile): Promise<{ hash: Hash; size_bytes: number }> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(READ_BYTES);
  let size_bytes = 0;
  await file.seek(0, Deno.SeekMode.Start);
  for (;;) {
    const count = await file.read(buffer);
    if (count === null) return { hash, size_bytes };
    hash.update(buffer.subarray(0, count));
    size_bytes += count;
  }
}

/** The same of a file by its path, as lower-case hex. */
export async function sha256OfFile(path: string): Promise<{ sha256: string; size_bytes: number }> {
  using file = await Deno.open(path, { read: true });
  const { hash, size_bytes } = await hashOfFile(file);
  return { sha256: hash.digest("hex"), size_bytes };
}

const READ_BYTES = 256 * 1024;
