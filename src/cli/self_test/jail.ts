import { type Check, fail, type Finding, pass, skip, warn } from "./check.ts";

const KERNEL_TIMEOUT_MS = 5_000;
/** Two starts of Horizon, a driver's start and a compilation, on a slow machine. */
const SHADER_TIMEOUT_MS = 60_000;
const REMEDY = "Use Linux 6.12 or newer with Landlock in its list of security modules; without a " +
  "complete jail, provide --unjailed runs shaders and models alone.";

/** What confines a renter's job on this machine. */
export function jailChecks(): Check[] {
  return [
    kernelCheck("landlock", "keep a job from files, sockets and other processes", "ABI 6"),
    kernelCheck("seccomp", "keep a job from system calls that it has no use for", "filters"),
    kernelCheck("no_new_privs", "keep a job from gaining rights", "a kernel that knows it"),
    kernelCheck("cgroup", "cap a job's memory and threads as a whole", "delegated, if any"),
    shaderCheck,
  ];
}

type PartName = "landlock" | "seccomp" | "no_new_privs" | "cgroup";

function kernelCheck(name: PartName, purpose: string, what: string): Check {
  return {
    id: `jail_${name}`,
    purpose,
    required: `${name}: ${what}`,
    remedy: REMEDY,
    timeout_ms: KERNEL_TIMEOUT_MS,
    async run(): Promise<Finding> {
      const { jailParts } = await import("../../provider/jail.ts");
      const part = jailParts().find((part) => part.name === name);
      if (part === undefined) throw new Error(`the jail has no part ${name}`);
      return part.missing === null ? pass(part.actual) : warn(part.missing, REMEDY);
    },
  };
}

const shaderCheck: Check = {
  id: "jail_job",
  purpose: "run a renter's shader on the GPU inside the jail",
  required: "a job that ends with its result",
  remedy: "Attach a bundle (--bundle <file>) to a bug report.",
  timeout_ms: SHADER_TIMEOUT_MS,
  async run(signal): Promise<Finding> {
    const [{ jailSupport }, { runTrialJob }] = await Promise.all([
      import("../../provider/jail.ts"),
      import("../../provider/trial_job.ts"),
    ]);
    const { complete, missing } = jailSupport();
    if (!complete) return skip(`no complete jail: ${missing.join("; ")}`, REMEDY);
    const trial = await runTrialJob({ signal });
    if (trial.result === "no_gpu") return skip("there is no GPU adapter");
    if (trial.result === "failed") return fail(trial.why, this.remedy);
    return pass(`done in ${Math.round(trial.elapsed_ms)} ms`);
  },
};
