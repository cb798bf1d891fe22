import type { Libc } from "./libc.ts";

const FIRST_AFTER_STDERR = 3;
const LAST = 0xffff_ffff;
const CLOSE_RANGE_CLOEXEC = 1 << 2;

/** Marks every descriptor above stderr to be closed by execve, whoever left it open. */
export function closeOnExec(libc: Libc): void {
  libc.syscall("close_range", FIRST_AFTER_STDERR, LAST, CLOSE_RANGE_CLOEXEC);
}
