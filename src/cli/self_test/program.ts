import { VERSION } from "../../base/version.ts";
import { type Check, fail, pass, warn } from "./check.ts";

const LOCAL_TIMEOUT_MS = 5_000;
/** The oldest Deno that the tests run on: what the binary is made of. */
const MIN_DENO = [2, 7, 11] as const;
const MIB = 1024 ** 2;
/** Below this V8 and a registry's state have no room. */
const MIN_MEMORY_BYTES = 512 * MIB;
/** A jailed job's runtime takes about 1 GiB of address space, and its limits come on top. */
const JOB_MEMORY_BYTES = 2048 * MIB;

/** The software itself and the machine that it runs on. */
export function programChecks(): Check[] {
  return [versionCheck, platformCheck, memoryCheck];
}

const versionCheck: Check = {
  id: "version",
  purpose: "run what the tests have run on",
  required: `Deno ${MIN_DENO.join(".")} or newer`,
  remedy: "Use the compiled binary, which carries its own Deno.",
  timeout_ms: LOCAL_TIMEOUT_MS,
  run() {
    const { deno } = Deno.version;
    const how = Deno.build.standalone ? "compiled" : "from source";
    const actual = `Horizon ${VERSION}, ${how}, on Deno ${deno}`;
    return Promise.resolve(isAtLeast(deno, MIN_DENO) ? pass(actual) : fail(actual, this.remedy));
  },
};

const platformCheck: Check = {
  id: "platform",
  purpose: "run on a tested system",
  required: "Linux on x86-64 is tested",
  remedy: "Nothing need be wrong: this system is not tested. Report what doesn't work.",
  timeout_ms: LOCAL_TIMEOUT_MS,
  run() {
    const { os, arch } = Deno.build;
    const cores = navigator.hardwareConcurrency;
    const actual = `${os} ${Deno.osRelease()} on ${arch}, ${cores} cores`;
    const isTested = os === "linux" && arch === "x86_64";
    return Promise.resolve(isTested ? pass(actual) : warn(actual, this.remedy));
  },
};

const memoryCheck: Check = {
  id: "memory",
  purpose: "room for the market's state and for jobs",
  required: `${MIN_MEMORY_BYTES / MIB} MiB available; ${JOB_MEMORY_BYTES / MIB} MiB to run jobs`,
  remedy: "End other programs, or use a machine with more memory.",
  timeout_ms: LOCAL_TIMEOUT_MS,
  run() {
    const { total, available } = Deno.systemMemoryInfo();
    const mib = (bytes: number) => Math.floor(bytes / MIB);
    const actual = `${mib(available)} MiB available of ${mib(total)} MiB`;
    if (available < MIN_MEMORY_BYTES) return Promise.resolve(fail(actual, this.remedy));
    const isEnough = available >= JOB_MEMORY_BYTES;
    return Promise.resolve(isEnough ? pass(actual) : warn(actual, this.remedy));
  },
};

/** Whether "2.9.6" is as new as the parts say. */
export function isAtLeast(version: string, least: readonly number[]): boolean {
  const parts = version.split(/[.+-]/).map(Number);
  for (const [i, want] of least.entries()) {
    const have = parts[i] ?? 0;
    if (have !== want) return have > want;
  }
  return true;
}
