import { fixedBytes, type Libc, unavailable } from "./libc.ts";

const PR_SET_PDEATHSIG = 1;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_GET_NO_NEW_PRIVS = 39;
const SIGKILL = 9;
const CAPABILITY_VERSION_3 = 0x20080522;

/**
 * Has the kernel kill this process when the thread that spawned it ends. Throws `jail_unavailable`
 * if the parent has gone already, since the signal would then never come.
 */
export function dieWithParent(libc: Libc, parent_pid: number): void {
  libc.syscall("prctl", PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (libc.syscall("getppid") !== parent_pid) throw unavailable("the parent has ended");
}

/** Gives up every capability (a provider may run as root) and every way to gain one by execve. */
export function dropPrivileges(libc: Libc): void {
  const header = fixedBytes(8);
  new DataView(header.buffer).setUint32(0, CAPABILITY_VERSION_3, true);
  const none = fixedBytes(24);
  libc.syscall("capset", header, none);
  libc.syscall("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/** Throws `jail_unavailable` where the kernel can't bar a process from new privileges. */
export function canDropPrivileges(libc: Libc): void {
  libc.syscall("prctl", PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
}

/** Makes the job the first thing that the kernel ends when the machine runs out of memory. */
export function preferAsOomVictim(): void {
  try {
    Deno.writeTextFileSync("/proc/self/oom_score_adj", "1000");
  } catch (cause) {
    throw unavailable("/proc/self/oom_score_adj cannot be written", cause);
  }
}
