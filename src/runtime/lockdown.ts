import { arch, openLibc } from "./libc.ts";
import { installFilter, jobFilter } from "./seccomp.ts";

const PERMISSIONS = ["run", "ffi", "net", "read", "write", "env", "sys", "import"] as const;

/**
 * Gives up, for good, what only the job's own start needed: in the jail the system calls that start
 * programs, on every thread; then every Deno permission. Throws, and the job must then not run, if
 * anything remains.
 */
export function lockDown(jailed: boolean): void {
  if (jailed) {
    using libc = openLibc();
    installFilter(libc, jobFilter(arch()), true);
  }
  for (const name of PERMISSIONS) {
    const { state } = Deno.permissions.revokeSync({ name });
    if (state === "granted") throw new Error(`the permission "${name}" was not revoked`);
  }
}
