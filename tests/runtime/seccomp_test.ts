import { assertEquals, assertLess } from "@std/assert";
import {
  ALLOW,
  AUDIT_ARCH,
  buildFilter,
  INSTRUCTION_BYTES,
  KILL_PROCESS,
  refuse,
} from "../../src/runtime/bpf.ts";
import { jailFilter, jobFilter } from "../../src/runtime/seccomp.ts";
import { ALLOWED_NAMES, type Arch, syscallNumber } from "../../src/runtime/syscalls.ts";
import { interpret } from "./bpf.ts";

const ARCHES: Arch[] = ["x86_64", "aarch64"];
const PID = 4242;
const NO_SUCH_CALL = refuse(38);
/** The kernel's BPF_MAXINSNS. */
const MAX_INSTRUCTIONS = 4096;

/** Calls that would be a way out, by number on [x86_64, aarch64]. */
const FORBIDDEN: Record<string, [number | null, number | null]> = {
  socket: [41, 198],
  connect: [42, 203],
  bind: [49, 200],
  sendto: [44, 206],
  sendmsg: [46, 211],
  recvmsg: [47, 212],
  fork: [57, null],
  vfork: [58, null],
  clone3: [435, 435],
  execveat: [322, 281],
  kill: [62, 129],
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  pidfd_getfd: [438, 438],
  io_uring_setup: [425, 425],
  keyctl: [250, 219],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  mount: [165, 40],
  unshare: [272, 97],
  setns: [308, 268],
  userfaultfd: [323, 282],
  kexec_load: [246, 104],
  init_module: [175, 105],
  capset: [126, 91],
  setuid: [105, 146],
  chmod: [90, null],
  unlinkat: [263, 35],
  renameat2: [316, 276],
  mkdirat: [258, 34],
  open_by_handle_at: [304, 265],
};

for (const [column, arch] of ARCHES.entries()) {
  const program = jailFilter(arch, PID);
  const decide = (nr: number | null, ...args: bigint[]) =>
    nr === null ? null : interpret(program, { nr, arch: AUDIT_ARCH[arch], args });
  const named = (name: Parameters<typeof syscallNumber>[0], ...args: bigint[]) =>
    decide(syscallNumber(name, arch), ...args);

  Deno.test(`the jail's filter for ${arch} allows what it lists`, () => {
    for (const name of ALLOWED_NAMES) {
      const nr = syscallNumber(name, arch);
      if (nr !== null) assertEquals(decide(nr), ALLOW, name);
    }
  });

  Deno.test(`the jail's filter for ${arch} knows no way out`, () => {
    for (const [name, numbers] of Object.entries(FORBIDDEN)) {
      const nr = numbers[column] ?? null;
      if (nr !== null) assertEquals(decide(nr, 0n, 0n), NO_SUCH_CALL, name);
    }
  });

  Deno.test(`the jail's filter for ${arch} knows no call that neither table names`, () => {
    const known = new Set(ALLOWED_NAMES.map((name) => syscallNumber(name, arch)));
    const guarded = ["clone", "socketpair", "prctl", "prlimit64", "execve", "seccomp"] as const;
    for (const name of guarded) known.add(syscallNumber(name, arch));
    for (let nr = 0; nr < 1024; nr++) {
      if (!known.has(nr)) assertEquals(decide(nr), NO_SUCH_CALL, `call ${nr}`);
    }
  });

  Deno.test(`the jail's filter for ${arch} starts threads, not processes`, () => {
    const thread = 0x3d0f00n; // What glibc's pthread_create asks for.
    assertEquals(named("clone", thread), ALLOW);
    assertEquals(named("clone", 17n), NO_SUCH_CALL, "fork: SIGCHLD alone");
    assertEquals(named("clone", 0x4111n), NO_SUCH_CALL, "vfork: CLONE_VM without CLONE_THREAD");
    assertEquals(named("clone", 0x10000n), NO_SUCH_CALL, "CLONE_THREAD without CLONE_VM");
  });

  Deno.test(`the jail's filter for ${arch} pairs streams of this machine alone`, () => {
    const nonblocking = 0x80801n;
    assertEquals(named("socketpair", 1n, nonblocking), ALLOW);
    assertEquals(named("socketpair", 1n, 2n), NO_SUCH_CALL, "SOCK_DGRAM");
    assertEquals(named("socketpair", 1n, 5n), NO_SUCH_CALL, "SOCK_SEQPACKET");
    assertEquals(named("socketpair", 16n, 1n), NO_SUCH_CALL, "AF_NETLINK");
  });

  Deno.test(`the jail's filter for ${arch} lets a process aim only at itself`, () => {
    assertEquals(named("tgkill", BigInt(PID)), ALLOW);
    assertEquals(named("tgkill", 1n), NO_SUCH_CALL);
    assertEquals(named("prlimit64", 0n), ALLOW);
    assertEquals(named("prlimit64", 1n), NO_SUCH_CALL);
    assertEquals(named("prctl", 15n), ALLOW, "PR_SET_NAME");
    assertEquals(named("prctl", 1n), NO_SUCH_CALL, "PR_SET_PDEATHSIG");
  });

  Deno.test(`the jail's filter for ${arch} kills calls by another architecture's numbers`, () => {
    for (const other of Object.values(AUDIT_ARCH)) {
      if (other === AUDIT_ARCH[arch]) continue;
      assertEquals(interpret(program, { nr: 0, arch: other }), KILL_PROCESS);
    }
    assertEquals(interpret(program, { nr: 0, arch: 0x40000003 }), KILL_PROCESS, "32 bits");
  });

  Deno.test(`the job's filter for ${arch} ends what only the start of a job needed`, () => {
    const second = jobFilter(arch);
    const decided = (name: Parameters<typeof syscallNumber>[0]) =>
      interpret(second, { nr: syscallNumber(name, arch) ?? -1, arch: AUDIT_ARCH[arch] });
    for (const name of ["execve", "execveat", "seccomp"] as const) {
      assertEquals(decided(name), refuse(1), name);
    }
    assertEquals(decided("read"), ALLOW);
  });

  Deno.test(`both filters for ${arch} are short enough for the kernel`, () => {
    for (const filter of [program, jobFilter(arch)]) {
      assertLess(filter.length / INSTRUCTION_BYTES, MAX_INSTRUCTIONS);
    }
  });
}

Deno.test("x32 calls, which share numbers with a bit set, are killed on x86-64", () => {
  const program = jailFilter("x86_64", PID);
  const call = { nr: 0x40000000, arch: AUDIT_ARCH.x86_64 };
  assertEquals(interpret(program, call), KILL_PROCESS);
});

Deno.test("every test of a rule must hold, with any one of its values", () => {
  const program = buildFilter("x86_64", [{
    syscall: "read",
    action: ALLOW,
    when: [{ arg: 0, anyOf: [1, 2, 3] }, { arg: 2, mask: 0xf0, anyOf: [0x10] }],
  }, { syscall: "write", action: ALLOW }], refuse(1));
  const decide = (nr: number, ...args: bigint[]) =>
    interpret(program, { nr, arch: AUDIT_ARCH.x86_64, args });
  for (const first of [0n, 1n, 2n, 3n, 4n]) {
    for (const third of [0n, 0x10n, 0x1fn, 0x20n]) {
      const holds = first >= 1n && first <= 3n && (third & 0xf0n) === 0x10n;
      assertEquals(decide(0, first, 0n, third), holds ? ALLOW : refuse(1), `${first} ${third}`);
    }
  }
  assertEquals(decide(1), ALLOW, "the rule after it");
  assertEquals(decide(2), refuse(1), "a call without a rule");
});
