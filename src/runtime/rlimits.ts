import { fixedBytes, type Libc } from "./libc.ts";

/** RLIMIT_* of asm-generic/resource.h. */
const RLIMIT_FSIZE = 1;
const RLIMIT_DATA = 2;
const RLIMIT_CORE = 4;
const RLIMIT_NOFILE = 7;
const RLIMIT_MEMLOCK = 8;

/** Largest file: the job can write none, but a driver may keep compiled code in a memory file. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
/** Descriptors: Deno takes about 20, a driver some for each device and buffer it shares. */
const MAX_DESCRIPTORS = 512;
/** Locked memory, which the kernel can't swap out; drivers pin their own. */
const MAX_LOCKED_BYTES = 8 * 1024 * 1024;

/**
 * Caps what the process may take, or keeps a cap that is lower already. `data_bytes` bounds its
 * private writable memory (RLIMIT_AS can't be used: V8 reserves far more addresses than it fills).
 * RLIMIT_NPROC would count every process of the user, so new processes are seccomp's matter. Hard
 * limits, so nothing raises them again.
 */
export function setLimits(libc: Libc, data_bytes: number): void {
  const limits: [number, number][] = [
    [RLIMIT_CORE, 0],
    [RLIMIT_FSIZE, MAX_FILE_BYTES],
    [RLIMIT_NOFILE, MAX_DESCRIPTORS],
    [RLIMIT_MEMLOCK, MAX_LOCKED_BYTES],
    [RLIMIT_DATA, data_bytes],
  ];
  for (const [resource, value] of limits) lower(libc, resource, BigInt(value));
}

function lower(libc: Libc, resource: number, value: bigint): void {
  /** A struct rlimit64: soft, then hard. */
  const rlimit = fixedBytes(16);
  const view = new DataView(rlimit.buffer);
  libc.syscall("prlimit64", 0, resource, 0, rlimit);
  const hard = view.getBigUint64(8, true);
  const lowest = value < hard ? value : hard;
  view.setBigUint64(0, lowest, true);
  view.setBigUint64(8, lowest, true);
  libc.syscall("prlimit64", 0, resource, rlimit, 0);
}
