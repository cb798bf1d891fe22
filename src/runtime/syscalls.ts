/** An architecture whose system call numbers the tables below hold. */
export type Arch = "x86_64" | "aarch64";

type Numbers = Record<
  string,
  readonly [x86_64: number | null, aarch64: number | null, why: string]
>;

/**
 * What a WebGPU job may ask of the kernel, with any arguments, and what for; null where the
 * architecture lacks the call. A call that is in neither table does not exist in the jail: no socket, connect, fork,
 * kill, ptrace, process_vm_*, io_uring, keyctl, bpf, perf_event_open, mount, unshare, setns,
 * userfaultfd, kexec, and nothing that changes a file's name or mode. Numbers from the kernel's
 * `asm/unistd_64.h` and `asm-generic/unistd.h`. A trace of shaders, WebAssembly and jax on the compiled
 * binary uses 49 of them; the others are what other C libraries, aarch64 and vendors' drivers take.
 */
export const ALLOWED = {
  // Memory
  mmap: [9, 222, "maps libraries, heaps and the driver's buffers"],
  munmap: [11, 215, "gives mappings back"],
  mremap: [25, 216, "realloc of large blocks"],
  mprotect: [10, 226, "V8 makes compiled code executable"],
  madvise: [28, 233, "V8 and malloc give pages back"],
  brk: [12, 214, "malloc"],
  mincore: [27, 232, "drivers probe whether an address is mapped"],
  mlock: [149, 228, "drivers pin staging memory, within RLIMIT_MEMLOCK"],
  munlock: [150, 229, "unpins it"],
  msync: [26, 227, "drivers flush mapped memory"],
  membarrier: [324, 283, "cross-thread barriers of runtimes and drivers"],
  pkey_alloc: [330, 289, "V8 guards its code by memory keys"],
  pkey_free: [331, 290, "the same"],
  pkey_mprotect: [329, 288, "the same"],
  memfd_create: [319, 279, "drivers share buffers and keep compiled code in memory files"],
  // Files: which ones, Landlock says
  read: [0, 63, "stdin, wake-ups, libraries and manifests"],
  write: [1, 64, "frames on stdout, stderr, wake-ups"],
  readv: [19, 65, "standard library of Rust and C"],
  writev: [20, 66, "the same, and libc's last words before abort"],
  pread64: [17, 67, "the dynamic linker reads headers"],
  pwrite64: [18, 68, "drivers fill their memory files"],
  open: [2, null, "older drivers open without a folder"],
  openat: [257, 56, "opens libraries, manifests and devices"],
  close: [3, 57, "closes descriptors"],
  close_range: [436, 436, "the jail marks inherited descriptors"],
  lseek: [8, 62, "finds where the binary's bundle begins"],
  stat: [4, null, "older drivers look for files"],
  fstat: [5, 80, "sizes of libraries"],
  lstat: [6, null, "older drivers look for links"],
  newfstatat: [262, 79, "looks for libraries and manifests"],
  statx: [332, 291, "the same, in Rust"],
  statfs: [137, 43, "drivers tell kinds of file systems"],
  fstatfs: [138, 44, "the same"],
  access: [21, null, "the dynamic linker and the Vulkan loader look for files"],
  faccessat: [269, 48, "the same where there is no access"],
  faccessat2: [439, 439, "the same in newer C libraries"],
  readlink: [89, null, "libdrm follows sysfs links; the binary finds itself"],
  readlinkat: [267, 78, "the same where there is no readlink"],
  getdents64: [217, 61, "the Vulkan loader lists manifests, libdrm devices"],
  getcwd: [79, 17, "Deno's start"],
  dup: [32, 23, "drivers duplicate a device's descriptor"],
  dup3: [292, 24, "the same"],
  fcntl: [72, 25, "flags of descriptors, and their copies"],
  ioctl: [16, 29, "every request to a GPU; which devices, Landlock says"],
  ftruncate: [77, 46, "sizes a memory file"],
  fallocate: [285, 47, "the same"],
  // Waiting and waking
  poll: [7, null, "waits for descriptors: Rust's start, drivers' fences"],
  ppoll: [271, 73, "the same where there is no poll"],
  select: [23, null, "the same in older drivers"],
  pselect6: [270, 72, "the same where there is no select"],
  epoll_create1: [291, 20, "the async runtime"],
  epoll_ctl: [233, 21, "the async runtime"],
  epoll_wait: [232, null, "the async runtime"],
  epoll_pwait: [281, 22, "the same where there is no epoll_wait"],
  recvfrom: [45, 207, "signals wake the async runtime through a pair of streams"],
  eventfd2: [290, 19, "the async runtime and drivers wake threads"],
  pipe2: [293, 59, "drivers wake threads"],
  // Threads
  futex: [202, 98, "every lock"],
  set_robust_list: [273, 99, "start of a thread"],
  rseq: [334, 293, "start of a thread"],
  set_tid_address: [218, 96, "start of a program"],
  gettid: [186, 178, "V8 and malloc tell threads apart"],
  exit: [60, 93, "end of a thread"],
  exit_group: [231, 94, "end of the job"],
  sched_yield: [24, 124, "spinning locks"],
  sched_getaffinity: [204, 123, "number of cores, for threads"],
  sched_setaffinity: [203, 122, "a software driver pins its threads"],
  sched_getparam: [143, 121, "priorities of new threads"],
  sched_getscheduler: [145, 120, "the same"],
  sched_get_priority_max: [146, 125, "the same"],
  sched_get_priority_min: [147, 126, "the same"],
  getpriority: [140, 141, "the same"],
  getcpu: [309, 168, "which core this is, where rseq can't tell"],
  arch_prctl: [158, null, "thread-local storage on x86-64"],
  restart_syscall: [219, 128, "the kernel goes on with an interrupted wait"],
  // Signals: handling, not sending
  rt_sigaction: [13, 134, "V8 and Rust handle faults of their own"],
  rt_sigprocmask: [14, 135, "start of a thread"],
  rt_sigreturn: [15, 139, "end of a handler"],
  sigaltstack: [131, 132, "stacks for handlers"],
  // Time
  clock_gettime: [228, 113, "time, where the vDSO can't tell it"],
  clock_getres: [229, 114, "resolution of clocks"],
  clock_nanosleep: [230, 115, "sleeps of V8 and drivers"],
  nanosleep: [35, 101, "the same in older C libraries"],
  gettimeofday: [96, 169, "time, where the vDSO can't tell it"],
  time: [201, null, "the same"],
  getrusage: [98, 165, "CPU time, for performance figures"],
  // Who and where
  getpid: [39, 172, "Deno.pid, and abort"],
  getppid: [110, 173, "the jail checks that its parent lives"],
  getuid: [102, 174, "C libraries tell whether they run setuid"],
  geteuid: [107, 175, "the same"],
  getgid: [104, 176, "the same"],
  getegid: [108, 177, "the same"],
  uname: [63, 160, "drivers choose by the kernel's release"],
  sysinfo: [99, 179, "size of memory, for V8's heap"],
  getrandom: [318, 278, "seeds"],
  getrlimit: [97, 163, "sizes of stacks"],
} as const satisfies Numbers;

/** Calls that the jail makes itself, or allows with certain arguments only. */
export const GUARDED = {
  clone: [56, 220, "threads, never processes"],
  clone3: [435, 435, "refused: a filter can't see its flags, and C libraries fall back on clone"],
  socketpair: [53, 199, "the async runtime wakes itself by a pair of streams"],
  prctl: [157, 167, "names of threads and of memory"],
  prlimit64: [302, 261, "reads and lowers the job's own limits"],
  tgkill: [234, 131, "what abort does to itself"],
  execve: [59, 221, "the next stage; refused once the job's program runs"],
  execveat: [322, 281, "refused"],
  seccomp: [317, 277, "the job's own filter; refused once it is in place"],
  landlock_create_ruleset: [444, 444, "made by the jail before its filter; refused after it"],
  landlock_add_rule: [445, 445, "the same"],
  landlock_restrict_self: [446, 446, "the same"],
  capset: [126, 91, "the same"],
} as const satisfies Numbers;

export type SyscallName = keyof typeof ALLOWED | keyof typeof GUARDED;

const SYSCALLS: Readonly<Numbers> = { ...ALLOWED, ...GUARDED };

/** The names of the calls that are allowed with any arguments. */
export const ALLOWED_NAMES: readonly SyscallName[] = Object.keys(ALLOWED).filter(isSyscallName);

/** A call's number on an architecture, or null. */
export function syscallNumber(name: SyscallName, arch: Arch): number | null {
  return SYSCALLS[name]?.[arch === "x86_64" ? 0 : 1] ?? null;
}

/** A system call of the jail's list. */
export interface ListedCall {
  name: SyscallName;
  /** `always`; or `guarded`: with certain arguments only, or for a stage of the jail's own. */
  allowed: "always" | "guarded";
  why: string;
}

/** Every system call that the jail knows, and why: what isn't here doesn't exist in it. */
export function listedCalls(): ListedCall[] {
  const list = Object.keys(SYSCALLS).filter(isSyscallName);
  return list.map((name) => ({
    name,
    allowed: Object.hasOwn(ALLOWED, name) ? "always" : "guarded",
    why: SYSCALLS[name]?.[2] ?? "",
  }));
}

function isSyscallName(text: string): text is SyscallName {
  return Object.hasOwn(SYSCALLS, text);
}
