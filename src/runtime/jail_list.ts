import { DOORS } from "./doors.ts";
import { type AllowedPath, allowedPaths } from "./paths.ts";
import { type ListedCall, listedCalls } from "./syscalls.ts";

/** All that the jail lets a job have of this machine, and what is taken from its runtime. */
export interface JailList {
  paths: AllowedPath[];
  syscalls: ListedCall[];
  doors: { name: string; why: string }[];
}

/** The whole list for a program, as this machine has it, each entry with its reason. */
export function jailList(executable: string, more: readonly string[] = []): JailList {
  return {
    paths: allowedPaths(executable, more),
    syscalls: listedCalls(),
    doors: DOORS.map(({ name, why }) => ({ name, why })),
  };
}

/** The list as text, a line an entry. */
export function formatJailList({ paths, syscalls, doors }: JailList): string {
  return [
    ...paths.map(({ path, access, why }) => `path     ${access.padEnd(8)} ${path}: ${why}`),
    ...syscalls.map(({ name, allowed, why }) => `syscall  ${allowed.padEnd(8)} ${name}: ${why}`),
    ...doors.map(({ name, why }) => `runtime  closed   ${name}: ${why}`),
  ].join("\n");
}
