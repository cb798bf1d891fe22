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
  const libc = openLibc();
  const [program = "", ...args] = config.command;
  const paths = allowedPaths(program, config.read);
  const exec = prepareExec(program, args);
  dieWithParent(libc, config.parent_pid);
  preferAsOomVictim();
  dropPrivileges(libc);
  confine(libc, paths);
  closeOnExec(libc);
  setLimits(libc, config.data_bytes);
  installFilter(libc, jailFilter(arch(), Deno.pid), false);
  onConfined();
  return exec(libc);
}

/** execve of a program with the environment that the parent chose; the memory is laid out now. */
function prepareExec(program: string, args: readonly string[]): (libc: Libc) => never {
  const path = cString(program);
  const argv = pointerArray([program, ...args]);
  const environment = Object.entries(Deno.env.toObject()).map(([name, value]) =>
    `${name}=${value}`
  );
  const envp = pointerArray(environment);
  return (libc) => {
    libc.syscall("execve", path, argv.pointers, envp.pointers);
    throw unavailable(`${program} did not start`);
  };
}

/** A NULL-ended array of C strings; `strings` keeps them alive. */
function pointerArray(texts: readonly string[]) {
  const strings = texts.map(cString);
  const pointers = fixedBytes(8 * (strings.length + 1));
  const view = new DataView(pointers.buffer);
  strings.forEach((string, i) => view.setBigUint64(8 * i, addressOf(string), true));
  return { pointers, strings };
}
