import type { JobLimits } from "../protocol/job.ts";
import { formatJailConfig } from "../runtime/jail_config.ts";
import { driverFiles, jobEnvironment } from "./jail_environment.ts";
import type { Program } from "./jail_program.ts";
import { findDelegation, JobCgroup } from "./job_cgroup.ts";

const BYTES_PER_MB = 1024 * 1024;
/** Private memory before the job takes any: V8 alone counts 512 MB for the code it may compile. */
const RUNTIME_MB = 768;
/** Stacks of the threads that V8 and a software driver start for each core. */
const RUNTIME_MB_PER_CORE = 32;

/** Threads of V8, of the async runtime and of a driver, beside those for each core. */
const MAX_THREADS = 128;
const MAX_THREADS_PER_CORE = 8;

/** A child, and the control group around it, which the caller removes once the child has ended. */
export interface SpawnedJob {
  child: Deno.ChildProcess;
  cgroup: JobCgroup | null;
}

/**
 * Starts a child that will read a job from stdin: through the jail, or straight where the owner
 * consents. It gets no environment but the drivers', and no folder but the root.
 */
export function spawnJob(
  program: Program,
  limits: JobLimits,
  jailed: boolean,
): SpawnedJob {
  if ("WorkerGlobalScope" in globalThis) {
    throw new Error("a job is spawned from the main thread: its death signal follows the thread");
  }
  const env = { ...jobEnvironment(), ...program.env };
  const cores = navigator.hardwareConcurrency;
  const runtime_mb = RUNTIME_MB + RUNTIME_MB_PER_CORE * cores;
  // A software driver, and a real one's staging, keep GPU buffers in the process's memory.
  const data_bytes = (runtime_mb + limits.memory_mb + limits.vram_mb) * BYTES_PER_MB;
  const { folder } = jailed ? findDelegation() : { folder: null };
  const max_threads = MAX_THREADS + MAX_THREADS_PER_CORE * cores;
  const cgroup = folder === null
    ? null
    : JobCgroup.make(folder, { memory_bytes: data_bytes, max_threads });
  const jail = formatJailConfig({
    parent_pid: Deno.pid,
    data_bytes,
    cgroup: cgroup?.folder ?? null,
    read: [...program.read, ...driverFiles(env)],
    command: [program.executable, ...program.args, "__job", "jailed"],
  });
  const stage = jailed ? ["__jail", jail] : ["__job", "unjailed"];
  const command = new Deno.Command(program.executable, {
    args: [...program.args, ...stage],
    clearEnv: true,
    env,
    cwd: "/",
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  try {
    return { child: command.spawn(), cgroup };
  } catch (error) {
    cgroup?.remove();
    throw error;
  }
}

/** Ends a child at once, whatever it is doing. */
export function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
