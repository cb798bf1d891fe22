import { messageOf } from "../base/errors.ts";
import { LANDLOCK_ABI, landlockAbi } from "./landlock.ts";
import { openLibc } from "./libc.ts";
import { canFilter } from "./seccomp.ts";

/** What this machine lacks for a complete jail, in words; nothing on a kernel that has it all. */
export function missingParts(): string[] {
  try {
    using libc = openLibc();
    const missing: string[] = [];
    const abi = landlockAbi(libc);
    if (abi < LANDLOCK_ABI) missing.push(`Landlock ABI ${LANDLOCK_ABI} (the kernel has ${abi})`);
    canFilter(libc);
    return missing;
  } catch (error) {
    return [messageOf(error)];
  }
}
