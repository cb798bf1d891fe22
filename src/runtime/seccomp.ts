import { ALLOW, buildFilter, INSTRUCTION_BYTES, KILL_PROCESS, refuse, type Rule } from "./bpf.ts";
import { addressOf, fixedBytes, type Libc, unavailable } from "./libc.ts";
import { ALLOWED_NAMES, type Arch, type SyscallName } from "./syscalls.ts";

const EPERM = 1;
/** "This kernel has no such call": what makes a C library take its older way round. */
const ENOSYS = 38;

const CLONE_VM = 0x100;
const CLONE_THREAD = 0x10000;
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_TYPE_MASK = 0xf;
const PR_SET_NAME = 15;
const PR_GET_NAME = 16;
const PR_SET_VMA = 0x53564d41;

/** Calls that are harmless only with certain arguments. */
function guarded(pid: number): Rule[] {
  const threadFlags = CLONE_VM | CLONE_THREAD;
  return [
    // Threads, never processes. A filter can't see into clone3's structure, so it doesn't exist.
    {
      syscall: "clone",
      action: ALLOW,
      when: [{ arg: 0, mask: threadFlags, anyOf: [threadFlags] }],
    },
    // The async runtime wakes itself through a pair. A datagram pair could address any socket file.
    {
      syscall: "socketpair",
      action: ALLOW,
      when: [{ arg: 0, anyOf: [AF_UNIX] }, { arg: 1, mask: SOCK_TYPE_MASK, anyOf: [SOCK_STREAM] }],
    },
    // Names of threads and of memory; never PDEATHSIG again.
    {
      syscall: "prctl",
      action: ALLOW,
      when: [{ arg: 0, anyOf: [PR_SET_NAME, PR_GET_NAME, PR_SET_VMA] }],
    },
    { syscall: "prlimit64", action: ALLOW, when: [{ arg: 0, anyOf: [0, pid] }] },
    // The next stage and its own filter, which then forbids both (see jobFilter).
    { syscall: "execve", action: ALLOW },
    { syscall: "seccomp", action: ALLOW },
    // What abort() does to itself.
    { syscall: "tgkill", action: ALLOW, when: [{ arg: 0, anyOf: [pid] }] },
  ];
}

/**
 * The filter of the whole jail: an allow-list (`syscalls.ts`). `pid` is the jail's own, which
 * execve keeps. What isn't listed answers "no such call".
 */
export function jailFilter(arch: Arch, pid: number): Uint8Array<ArrayBuffer> {
  const plain = ALLOWED_NAMES.map((syscall): Rule => ({ syscall, action: ALLOW }));
  return buildFilter(arch, [...plain, ...guarded(pid)], refuse(ENOSYS));
}

/** The filter on top of it, once the job's program runs: no other program, no other filter. */
export function jobFilter(arch: Arch): Uint8Array<ArrayBuffer> {
  const gone: SyscallName[] = ["execve", "execveat", "seccomp"];
  return buildFilter(arch, gone.map((syscall) => ({ syscall, action: refuse(EPERM) })), ALLOW);
}

const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_GET_ACTION_AVAIL = 2;
const SECCOMP_FILTER_FLAG_TSYNC = 1;
/** Size of a struct sock_fprog: a length, padding, a pointer. */
const FPROG_BYTES = 16;

/**
 * Puts a filter on this thread, or on every thread of the process. Needs no_new_privs. Throws
 * `jail_unavailable`.
 */
export function installFilter(
  libc: Libc,
  filter: Uint8Array<ArrayBuffer>,
  allThreads: boolean,
): void {
  const program = fixedBytes(FPROG_BYTES);
  const view = new DataView(program.buffer);
  view.setUint16(0, filter.length / INSTRUCTION_BYTES, true);
  view.setBigUint64(8, addressOf(filter), true);
  const flags = allThreads ? SECCOMP_FILTER_FLAG_TSYNC : 0;
  const stuck = libc.syscall("seccomp", SECCOMP_SET_MODE_FILTER, flags, program);
  if (stuck !== 0) throw unavailable(`thread ${stuck} did not take the filter`);
}

/** Throws `jail_unavailable` where the kernel has no seccomp filters. */
export function canFilter(libc: Libc): void {
  const action = fixedBytes(4);
  new DataView(action.buffer).setUint32(0, KILL_PROCESS, true);
  libc.syscall("seccomp", SECCOMP_GET_ACTION_AVAIL, 0, action);
}
