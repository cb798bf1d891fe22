import { type Arch, type SyscallName, syscallNumber } from "./syscalls.ts";

/** A test of one integer argument: its low 32 bits, masked, must be one of the values. */
export interface ArgTest {
  arg: number;
  /** Bits that count; all of them unless given. */
  mask?: number;
  anyOf: readonly number[];
}

/** What becomes of one system call, if all its tests hold; if one fails, the default does. */
export interface Rule {
  syscall: SyscallName;
  action: number;
  when?: readonly ArgTest[];
}

/** What a filter can answer (linux/seccomp.h). */
export const ALLOW = 0x7fff0000;
export const KILL_PROCESS = 0x80000000;
/** Refuses the call with an errno. */
export const refuse = (errno: number) => 0x00050000 | errno;

/** AUDIT_ARCH_* of linux/audit.h. */
export const AUDIT_ARCH: Record<Arch, number> = { x86_64: 0xc000003e, aarch64: 0xc00000b7 };
/** On x86-64 numbers from here on are the x32 calls, which would go round the list. */
const X32_BIT = 0x40000000;

/** Offsets in struct seccomp_data. */
const NR = 0;
const ARCH = 4;
const ARGS = 16;

/** Opcodes of classic BPF (linux/bpf_common.h). */
const LOAD = 0x20;
const AND = 0x54;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const RETURN = 0x06;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, k: number];
/** Size of a struct sock_filter. */
export const INSTRUCTION_BYTES = 8;

/**
 * The classic BPF program of a seccomp filter: another architecture kills the process, each rule
 * decides its system call, and whatever has no rule gets `otherwise`. Rules whose call the
 * architecture lacks fall out.
 */
export function buildFilter(
  arch: Arch,
  rules: readonly Rule[],
  otherwise: number,
): Uint8Array<ArrayBuffer> {
  const program: Instruction[] = [
    [LOAD, 0, 0, ARCH],
    [JUMP_EQUAL, 1, 0, AUDIT_ARCH[arch]],
    [RETURN, 0, 0, KILL_PROCESS],
    [LOAD, 0, 0, NR],
  ];
  if (arch === "x86_64") {
    program.push([JUMP_AT_LEAST, 0, 1, X32_BIT], [RETURN, 0, 0, KILL_PROCESS]);
  }
  for (const rule of rules) {
    const number = syscallNumber(rule.syscall, arch);
    if (number === null) continue;
    const body = (rule.when ?? []).flatMap((test) => testOf(test, otherwise));
    program.push([JUMP_EQUAL, 0, body.length + 1, number], ...body, [RETURN, 0, 0, rule.action]);
  }
  program.push([RETURN, 0, 0, otherwise]);
  return encode(program);
}

/** Falls through where the test holds, returns `otherwise` where it doesn't. */
function testOf(test: ArgTest, otherwise: number): Instruction[] {
  const values = test.anyOf.length;
  return [
    [LOAD, 0, 0, ARGS + 8 * test.arg],
    ...(test.mask === undefined ? [] : [[AND, 0, 0, test.mask] as const]),
    ...test.anyOf.map((value, i) => [JUMP_EQUAL, values - i, 0, value] as const),
    [RETURN, 0, 0, otherwise],
  ];
}

function encode(program: readonly Instruction[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(new ArrayBuffer(program.length * INSTRUCTION_BYTES));
  const view = new DataView(bytes.buffer);
  program.forEach(([code, ifTrue, ifFalse, k], i) => {
    const at = i * INSTRUCTION_BYTES;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, ifTrue);
    view.setUint8(at + 3, ifFalse);
    view.setUint32(at + 4, k, true);
  });
  return bytes;
}
