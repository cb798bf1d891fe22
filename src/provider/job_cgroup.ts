import { messageOf } from "../base/errors.ts";
import { unavailable } from "../runtime/libc.ts";

/** What a job's own control group bounds. */
export interface CgroupLimits {
  memory_bytes: number;
  max_threads: number;
}

/** Where control groups of jobs can be made, or why nowhere. */
export interface Delegation {
  /** The folder that is this program's to divide; null where there is none. */
  folder: string | null;
  /** In words, for self-test. */
  actual: string;
}

const CONTROLLERS = ["memory", "pids"] as const;
const PROC_CGROUP = "/proc/self/cgroup";
const PROC_MOUNTS = "/proc/self/mounts";
let made = 0;

/**
 * The cgroup v2 folder that was delegated to this program (systemd: `Delegate=yes` with
 * `DelegateSubgroup=`, or a container's own): the one around its own, with the controllers enabled
 * and in it no process at all, as the kernel wants of a group that is divided. Changes nothing.
 */
export function findDelegation(read = Deno.readTextFileSync): Delegation {
  try {
    const own = /^0::(.*)$/m.exec(read(PROC_CGROUP))?.[1];
    const mount = /^\S+ (\S+) cgroup2 /m.exec(read(PROC_MOUNTS))?.[1];
    if (own === undefined || mount === undefined) return none("no cgroup v2 is mounted");
    if (own === "/") return none("this process is in the root of cgroup v2");
    const folder = `${mount}${own.slice(0, own.lastIndexOf("/"))}`;
    const enabled = read(`${folder}/cgroup.subtree_control`).trim().split(/\s+/);
    const lacking = CONTROLLERS.filter((name) => !enabled.includes(name));
    if (lacking.length > 0) return none(`${lacking.join(" and ")} are not delegated in ${folder}`);
    if (read(`${folder}/cgroup.procs`).trim() !== "") return none(`${folder} has processes`);
    return { folder, actual: `cgroup v2 in ${folder}` };
  } catch (error) {
    return none(messageOf(error));
  }
}

function none(why: string): Delegation {
  return { folder: null, actual: `none delegated: ${why}` };
}

/** A job's own control group, from before its spawn to after its end. */
export class JobCgroup {
  /** What the child writes itself into before anything else (see runtime/jail.ts). */
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Makes one under a delegated folder. Null where the folder isn't this user's to write, since
   * nothing was promised then; throws `jail_unavailable` where it is, and a limit can't be set.
   */
  static make(delegated: string, limits: CgroupLimits): JobCgroup | null {
    const folder = `${delegated}/horizon-job-${Deno.pid}-${++made}`;
    try {
      Deno.mkdirSync(folder);
    } catch (error) {
      if (isRefusal(error)) return null;
      throw unavailable(`the control group ${folder} cannot be made`, error);
    }
    const group = new JobCgroup(folder);
    try {
      group.#set("memory.max", limits.memory_bytes);
      group.#set("memory.oom.group", 1);
      group.#set("pids.max", limits.max_threads);
      // Kernels without swap accounting have no such file, and then no swap to bound.
      if (exists(`${folder}/memory.swap.max`)) group.#set("memory.swap.max", 0);
      return group;
    } catch (error) {
      group.remove();
      throw unavailable(`the limits of ${folder} cannot be set`, error);
    }
  }

  #set(file: string, value: number): void {
    Deno.writeTextFileSync(`${this.folder}/${file}`, `${value}`, { create: false });
  }

  /** Removes the group once its last process has ended. It stays where one hasn't. */
  remove(): void {
    try {
      Deno.removeSync(this.folder);
    } catch {
      // A process that is still dying holds it; an empty group costs nothing and bounds nobody.
    }
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable ||
    (error instanceof Error && "code" in error && error.code === "EROFS");
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
