import { closeOnExec } from "./fds.ts";
import type { JailConfig } from "./jail_config.ts";
import { confine } from "./landlock.ts";
import { addressOf, arch, cString, fixedBytes, type Libc, openLibc, unavailable } from "./libc.ts";
import { allowedPaths } from "./paths.ts";
import { dieWithParent, dropPrivileges, preferAsOomVictim } from "./privileges.ts";
import { setLimits } from "./rlimits.ts";
import { installFilter, jailFilter } from "./seccomp.ts";

/**
 * Confines this process for good and executes the command inside (DESIGN §6). All calls are
 * synchronous on one thread, since Landlock and the parent's death signal belong to the thread that
 * asks; execve then ends the others. `onConfined` runs when all but execve is done. Never returns:
 * throws `jail_unavailable` if any step fails, and the caller must then end the process.
 */
export function enterJail(config: JailConfig, onConfined: () => void): never {
  using libc = openLibc();
  const [program = "", ...args] = config.command;
  const paths = allowedPaths(program, config.read);
  dieWithParent(libc, config.parent_pid);
  if (config.cgroup !== null) joinCgroup(config.cgroup);
  preferAsOomVictim();
  dropPrivileges(libc);
  confine(libc, paths);
  closeOnExec(libc);
  setLimits(libc, config.data_bytes);
  installFilter(libc, jailFilter(arch(), Deno.pid), false);
  onConfined();
  return execute(libc, program, args);
}

/** Moves this process into its control group: from here on its limits count. */
function joinCgroup(folder: string): void {
  try {
    Deno.writeTextFileSync(`${folder}/cgroup.procs`, `${Deno.pid}`, { create: false });
  } catch (cause) {
    throw unavailable(`the control group ${folder} cannot be joined`, cause);
  }
}

/**
 * Replaces this process by a program, with the environment that the parent chose. Its own name for
 * itself is without the folder: a job could read it.
 */
function execute(libc: Libc, program: string, args: readonly string[]): never {
  const argv = pointerArray([program.slice(program.lastIndexOf("/") + 1), ...args]);
  const envp = pointerArray(
    Object.entries(Deno.env.toObject()).map(([name, value]) => `${name}=${value}`),
  );
  libc.syscall("execve", cString(program), argv, envp);
  throw unavailable(`${program} did not start`);
}

/** A NULL-ended array of pointers to C strings, in one piece of memory with the strings. */
function pointerArray(texts: readonly string[]): Uint8Array<ArrayBuffer> {
  const strings = texts.map(cString);
  const pointers_bytes = 8 * (strings.length + 1);
  const block = fixedBytes(strings.reduce((sum, string) => sum + string.length, pointers_bytes));
  const view = new DataView(block.buffer);
  const start = addressOf(block);
  let at_bytes = pointers_bytes;
  strings.forEach((string, i) => {
    view.setBigUint64(8 * i, start + BigInt(at_bytes), true);
    block.set(string, at_bytes);
    at_bytes += string.length;
  });
  return block;
}
