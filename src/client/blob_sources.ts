import { HorizonError } from "../base/errors.ts";

/** Bytes to send, of which any part can be read again. */
export interface UploadSource {
  readonly sha256: string;
  readonly size_bytes: number;
  /** So many bytes from there, or all that are left; valid until the next call. */
  read(offset_bytes: number, max_bytes: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Leaves what was read last as it is: a request that failed may still hold it. */
  abandon(): void;
}

export function bytesSource(bytes: Uint8Array<ArrayBuffer>, sha256: string): UploadSource {
  return {
    sha256,
    size_bytes: bytes.length,
    read: (offset_bytes, max_bytes) =>
      Promise.resolve(bytes.subarray(offset_bytes, offset_bytes + max_bytes)),
    abandon() {},
  };
}

/** The bytes of an open file. `read` throws `blob_mismatch` where it has become shorter. */
export function fileSource(
  file: Deno.FsFile,
  named: { sha256: string; size_bytes: number },
): UploadSource {
  const { size_bytes } = named;
  let buffer = new Uint8Array();
  return {
    ...named,
    async read(offset_bytes, max_bytes) {
      const length = Math.min(max_bytes, size_bytes - offset_bytes);
      if (buffer.length < length) buffer = new Uint8Array(length);
      await file.seek(offset_bytes, Deno.SeekMode.Start);
      for (let filled = 0; filled < length;) {
        const count = await file.read(buffer.subarray(filled, length));
        if (count === null) throw shorter();
        filled += count;
      }
      return buffer.subarray(0, length);
    },
    abandon() {
      buffer = new Uint8Array();
    },
  };
}

function shorter(): HorizonError {
  return new HorizonError("blob_mismatch", "The file became shorter while it was sent.");
}
