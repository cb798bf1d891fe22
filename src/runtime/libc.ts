import { HorizonError } from "../base/errors.ts";
import { type Arch, type SyscallName, syscallNumber } from "./syscalls.ts";
import { MAY_JAIL, OS } from "../base/platform.ts";

/** What a system call takes: a number, or bytes of which it gets the address. */
export type SyscallArg = number | bigint | Uint8Array<ArrayBuffer>;

/** The C library's `syscall`, synchronous and on the calling thread. */
export interface Libc extends Disposable {
  /** The call's result; -1 becomes `jail_unavailable` with the call's name and errno. */
  syscall(name: SyscallName, ...args: SyscallArg[]): number;
}

/** Every call made here takes at most this many arguments. */
const MAX_ARGS = 5;

/** The CPU architecture, if its system call numbers are known. Throws `jail_unavailable`. */
export function arch(): Arch {
  const name = Deno.build.arch;
  if (!MAY_JAIL) throw unavailable(`${OS} has no Landlock`);
  if (name !== "x86_64" && name !== "aarch64") throw unavailable(`no system calls for ${name}`);
  return name;
}

/** Opens the C library by FFI. Throws `jail_unavailable` where there is none. */
export function openLibc(): Libc {
  const machine = arch();
  const lib = dlopen();
  const toBigInt = (arg: SyscallArg | undefined): bigint =>
    arg instanceof Uint8Array ? addressOf(arg) : BigInt(arg ?? 0);
  return {
    [Symbol.dispose]: () => lib.close(),
    syscall(name, ...args) {
      const number = syscallNumber(name, machine);
      if (number === null) throw unavailable(`${name} does not exist on this architecture`);
      const [a, b, c, d, e] = Array.from({ length: MAX_ARGS }, (_, i) => toBigInt(args[i]));
      const result = lib.symbols.syscall(
        BigInt(number),
        a ?? 0n,
        b ?? 0n,
        c ?? 0n,
        d ?? 0n,
        e ?? 0n,
      );
      if (result !== -1n) return Number(result);
      throw unavailable(`${name} failed with errno ${errno(lib.symbols.__errno_location())}`);
    },
  };
}

/** Bytes whose address the garbage collector never changes: V8 keeps small arrays on its heap. */
export function fixedBytes(size_bytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(size_bytes));
}

/** A NUL-terminated string at a fixed address. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  const utf8 = new TextEncoder().encode(text);
  const bytes = fixedBytes(utf8.length + 1);
  bytes.set(utf8);
  return bytes;
}

/** The address of fixed bytes, for structures that hold pointers. Keep the bytes referenced. */
export function addressOf(bytes: Uint8Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
}

/** The refusal of every stage of the jail. */
export function unavailable(why: string, cause?: unknown): HorizonError {
  return new HorizonError("jail_unavailable", `The jail is not available: ${why}.`, { cause });
}

function dlopen() {
  try {
    return Deno.dlopen("libc.so.6", {
      syscall: { parameters: ["i64", "u64", "u64", "u64", "u64", "u64"], result: "i64" },
      __errno_location: { parameters: [], result: "pointer" },
    });
  } catch (cause) {
    throw unavailable("the GNU C library cannot be opened", cause);
  }
}

function errno(location: Deno.PointerValue): number {
  return location === null ? 0 : new Deno.UnsafePointerView(location).getInt32();
}
