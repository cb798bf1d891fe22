/** An architecture whose system call numbers the tables below hold. */
export type Arch = "x86_64" | "aarch64";

type Numbers = Record<string, readonly [x86_64: number | null, aarch64: number | null]>;

/**
 * What a WebGPU job may ask of the kernel, with any arguments; null where the architecture lacks
 * the call. A call that is in neither table does not exist in the jail: no socket, connect, fork,
 * kill, ptrace, process_vm_*, io_uring, keyctl, bpf, perf_event_open, mount, unshare, setns,
 * userfaultfd, kexec, and nothing that changes a file's name or mode. Numbers from the kernel's
 * `asm/unistd_64.h` and `asm-generic/unistd.h`.
 */
export const ALLOWED = {
  // Memory
  mmap: [9, 222],
  munmap: [11, 215],
  mremap: [25, 216],
  mprotect: [10, 226],
  madvise: [28, 233],
  brk: [12, 214],
  mincore: [27, 232],
  mlock: [149, 228],
  mlock2: [325, 284],
  munlock: [150, 229],
  msync: [26, 227],
  membarrier: [324, 283],
  pkey_alloc: [330, 289],
  pkey_free: [331, 290],
  pkey_mprotect: [329, 288],
  memfd_create: [319, 279],
  // Files: which ones, Landlock says
  read: [0, 63],
  write: [1, 64],
  readv: [19, 65],
  writev: [20, 66],
  pread64: [17, 67],
  pwrite64: [18, 68],
  preadv: [295, 69],
  pwritev: [296, 70],
  preadv2: [327, 286],
  pwritev2: [328, 287],
  open: [2, null],
  openat: [257, 56],
  openat2: [437, 437],
  close: [3, 57],
  close_range: [436, 436],
  lseek: [8, 62],
  stat: [4, null],
  fstat: [5, 80],
  lstat: [6, null],
  newfstatat: [262, 79],
  statx: [332, 291],
  statfs: [137, 43],
  fstatfs: [138, 44],
  access: [21, null],
  faccessat: [269, 48],
  faccessat2: [439, 439],
  readlink: [89, null],
  readlinkat: [267, 78],
  getdents: [78, null],
  getdents64: [217, 61],
  getcwd: [79, 17],
  dup: [32, 23],
  dup2: [33, null],
  dup3: [292, 24],
  fcntl: [72, 25],
  ioctl: [16, 29],
  ftruncate: [77, 46],
  fallocate: [285, 47],
  fadvise64: [221, 223],
  flock: [73, 32],
  // Waiting and waking
  poll: [7, null],
  ppoll: [271, 73],
  select: [23, null],
  pselect6: [270, 72],
  epoll_create: [213, null],
  epoll_create1: [291, 20],
  epoll_ctl: [233, 21],
  epoll_wait: [232, null],
  epoll_pwait: [281, 22],
  epoll_pwait2: [441, 441],
  eventfd: [284, null],
  eventfd2: [290, 19],
  pipe: [22, null],
  pipe2: [293, 59],
  timerfd_create: [283, 85],
  timerfd_settime: [286, 86],
  timerfd_gettime: [287, 87],
  // Threads
  futex: [202, 98],
  futex_waitv: [449, 449],
  set_robust_list: [273, 99],
  get_robust_list: [274, 100],
  rseq: [334, 293],
  set_tid_address: [218, 96],
  gettid: [186, 178],
  exit: [60, 93],
  exit_group: [231, 94],
  sched_yield: [24, 124],
  sched_getaffinity: [204, 123],
  sched_setaffinity: [203, 122],
  sched_getparam: [143, 121],
  sched_getscheduler: [145, 120],
  sched_get_priority_max: [146, 125],
  sched_get_priority_min: [147, 126],
  getpriority: [140, 141],
  getcpu: [309, 168],
  arch_prctl: [158, null],
  restart_syscall: [219, 128],
  // Signals: handling, not sending
  rt_sigaction: [13, 134],
  rt_sigprocmask: [14, 135],
  rt_sigreturn: [15, 139],
  rt_sigtimedwait: [128, 137],
  rt_sigpending: [127, 136],
  rt_sigsuspend: [130, 133],
  sigaltstack: [131, 132],
  // Time
  clock_gettime: [228, 113],
  clock_getres: [229, 114],
  clock_nanosleep: [230, 115],
  nanosleep: [35, 101],
  gettimeofday: [96, 169],
  time: [201, null],
  times: [100, 153],
  getrusage: [98, 165],
  // Who and where
  getpid: [39, 172],
  getppid: [110, 173],
  getpgrp: [111, null],
  getpgid: [121, 155],
  getuid: [102, 174],
  geteuid: [107, 175],
  getgid: [104, 176],
  getegid: [108, 177],
  getgroups: [115, 158],
  getresuid: [118, 148],
  getresgid: [120, 150],
  uname: [63, 160],
  sysinfo: [99, 179],
  getrandom: [318, 278],
  getrlimit: [97, 163],
  capget: [125, 90],
  // The halves of a socket pair
  recvfrom: [45, 207],
} as const satisfies Numbers;

/** Calls that the jail makes itself, or allows with certain arguments only. */
export const GUARDED = {
  clone: [56, 220],
  clone3: [435, 435],
  socketpair: [53, 199],
  prctl: [157, 167],
  prlimit64: [302, 261],
  tgkill: [234, 131],
  execve: [59, 221],
  execveat: [322, 281],
  seccomp: [317, 277],
  landlock_create_ruleset: [444, 444],
  landlock_add_rule: [445, 445],
  landlock_restrict_self: [446, 446],
  capset: [126, 91],
} as const satisfies Numbers;

export type SyscallName = keyof typeof ALLOWED | keyof typeof GUARDED;

const SYSCALLS: Readonly<Numbers> = { ...ALLOWED, ...GUARDED };

/** The names of the calls that are allowed with any arguments. */
export const ALLOWED_NAMES: readonly SyscallName[] = Object.keys(ALLOWED).filter(isSyscallName);

/** A call's number on an architecture, or null. */
export function syscallNumber(name: SyscallName, arch: Arch): number | null {
  return SYSCALLS[name]?.[arch === "x86_64" ? 0 : 1] ?? null;
}

function isSyscallName(text: string): text is SyscallName {
  return Object.hasOwn(SYSCALLS, text);
}
