import type { AllowedPath } from "./paths.ts";
import { cString, fixedBytes, type Libc, unavailable } from "./libc.ts";

/** Landlock ABI that the jail needs: 4 network, 5 device ioctl, 6 scoped signals and sockets. */
export const LANDLOCK_ABI = 6;

/** LANDLOCK_ACCESS_FS_* of linux/landlock.h. */
const EXECUTE = 1 << 0;
const WRITE_FILE = 1 << 1;
const READ_FILE = 1 << 2;
const READ_DIR = 1 << 3;
const IOCTL_DEV = 1 << 15;
/** Every file system right of ABI 6: what no rule grants is denied. */
const ALL_FS = (1 << 16) - 1;
/** Binding and connecting of TCP. */
const ALL_NET = 0b11;
/** Abstract unix sockets and signals, outside the jail's own domain. */
const ALL_SCOPES = 0b11;

const RIGHTS: Record<AllowedPath["access"], { file: number; directory: number }> = {
  read: { file: READ_FILE, directory: READ_FILE | READ_DIR },
  list: { file: 0, directory: READ_DIR },
  execute: { file: READ_FILE | EXECUTE, directory: 0 },
  device: {
    file: READ_FILE | WRITE_FILE | IOCTL_DEV,
    directory: READ_FILE | READ_DIR | WRITE_FILE | IOCTL_DEV,
  },
};

const CREATE_RULESET_VERSION = 1;
const RULE_PATH_BENEATH = 1;
const AT_FDCWD = -100;
const O_PATH = 0x200000;
const O_CLOEXEC = 0x80000;

/** The kernel's Landlock ABI. Throws `jail_unavailable` where Landlock is off or unknown. */
export function landlockAbi(libc: Libc): number {
  return libc.syscall("landlock_create_ruleset", 0, 0, CREATE_RULESET_VERSION);
}

/**
 * Confines this thread, and whatever it executes, to the allowed paths: no other file, no TCP, no
 * signal or abstract socket beyond the jail. Paths that don't exist are left out. Needs
 * no_new_privs. Throws `jail_unavailable`.
 */
export function confine(libc: Libc, paths: readonly AllowedPath[]): void {
  const abi = landlockAbi(libc);
  if (abi < LANDLOCK_ABI) {
    throw unavailable(`the kernel's Landlock has ABI ${abi}, and ABI ${LANDLOCK_ABI} is needed`);
  }
  const attributes = fixedBytes(24);
  const view = new DataView(attributes.buffer);
  [ALL_FS, ALL_NET, ALL_SCOPES].forEach((all, i) => view.setBigUint64(8 * i, BigInt(all), true));
  const ruleset = libc.syscall("landlock_create_ruleset", attributes, attributes.length, 0);
  for (const allowed of paths) allow(libc, ruleset, allowed);
  libc.syscall("landlock_restrict_self", ruleset, 0);
  libc.syscall("close", ruleset);
}

function allow(libc: Libc, ruleset: number, { path, access }: AllowedPath): void {
  const isDirectory = isDirectoryAt(path);
  if (isDirectory === null) return;
  const rights = isDirectory ? RIGHTS[access].directory : RIGHTS[access].file;
  if (rights === 0) throw unavailable(`${path} is not what "${access}" is for`);
  const fd = libc.syscall("openat", AT_FDCWD, cString(path), O_PATH | O_CLOEXEC);
  const rule = fixedBytes(12);
  const view = new DataView(rule.buffer);
  view.setBigUint64(0, BigInt(rights), true);
  view.setInt32(8, fd, true);
  libc.syscall("landlock_add_rule", ruleset, RULE_PATH_BENEATH, rule, 0);
  libc.syscall("close", fd);
}

function isDirectoryAt(path: string): boolean | null {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw unavailable(`${path} cannot be examined`, error);
  }
}
