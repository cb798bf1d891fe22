import { messageOf } from "../base/errors.ts";
import { LANDLOCK_ABI, landlockAbi } from "./landlock.ts";
import { type Libc, openLibc } from "./libc.ts";
import { canDropPrivileges } from "./privileges.ts";
import { canFilter } from "./seccomp.ts";

/** One thing of the kernel's that the jail is made of. */
export interface JailPart {
  name: "landlock" | "seccomp" | "no_new_privs" | "cgroup";
  /** What the jail needs of it. */
  required: string;
  /** What this kernel has. */
  actual: string;
  /** What a complete jail lacks here, in words; null where it is as it should be. */
  missing: string | null;
}

interface PartSpec {
  name: JailPart["name"];
  required: string;
  /** What the kernel has, and whether that is enough. Throws where it has nothing. */
  probe(libc: Libc): { actual: string; enough: boolean };
}

const PARTS: readonly PartSpec[] = [
  {
    name: "landlock",
    required: `Landlock ABI ${LANDLOCK_ABI}`,
    probe(libc) {
      const abi = landlockAbi(libc);
      return { actual: `ABI ${abi}`, enough: abi >= LANDLOCK_ABI };
    },
  },
  {
    name: "seccomp",
    required: "seccomp filters",
    probe(libc) {
      canFilter(libc);
      return { actual: "filters that end a process", enough: true };
    },
  },
  {
    name: "no_new_privs",
    required: "no_new_privs",
    probe(libc) {
      canDropPrivileges(libc);
      return { actual: "the kernel knows it", enough: true };
    },
  },
];

/** Each part of the jail as this machine has it. Changes nothing, and never throws. */
export function examineParts(): JailPart[] {
  try {
    using libc = openLibc();
    return PARTS.map((part) => examine(part, libc));
  } catch (error) {
    const missing = messageOf(error);
    return PARTS.map(({ name, required }) => ({ name, required, actual: missing, missing }));
  }
}

/** What this machine lacks for a complete jail, in words; nothing on a kernel that has it all. */
export function missingParts(): string[] {
  const missing = examineParts().map((part) => part.missing).filter((text) => text !== null);
  return [...new Set(missing)];
}

function examine({ name, required, probe }: PartSpec, libc: Libc): JailPart {
  try {
    const { actual, enough } = probe(libc);
    const missing = enough ? null : `${required} (the kernel has ${actual})`;
    return { name, required, actual, missing };
  } catch (error) {
    const missing = messageOf(error);
    return { name, required, actual: missing, missing };
  }
}
