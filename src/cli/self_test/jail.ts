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

const WORDS = 64;
const LIMITS = { time_s: 30, memory_mb: 256, vram_mb: 64, output_mb: 1 };
/** y[i] = i² + 1, so that a buffer that nobody wrote isn't taken for a result. */
const SHADER = `@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  y[id.x] = id.x * id.x + 1u;
}`;

const shaderCheck: Check = {
  id: "jail_job",
  purpose: "run a renter's shader on the GPU inside the jail",
  required: "a job that ends with its result",
  remedy: "Attach a bundle (--bundle <file>) to a bug report.",
  timeout_ms: SHADER_TIMEOUT_MS,
  async run(signal): Promise<Finding> {
    const { jailSupport, runJailed } = await import("../../provider/jail.ts");
    const { complete, missing } = jailSupport();
    if (!complete) return skip(`no complete jail: ${missing.join("; ")}`, REMEDY);
    const outcome = await runJailed({ ...job(), limits: LIMITS }, { signal });
    const { state, reason, message, stderr_tail, outputs, elapsed_ms } = outcome;
    if (reason === "no_adapter") return skip("there is no GPU adapter");
    if (state !== "succeeded") {
      return fail(`${reason}: ${message} ${stderr_tail}`.trim(), this.remedy);
    }
    const bytes = outputs[0]?.bytes ?? new Uint8Array();
    const isRight = bytes.length === 4 * WORDS &&
      new Uint32Array(bytes.slice().buffer).every((word, i) => word === i * i + 1);
    return isRight
      ? pass(`done in ${Math.round(elapsed_ms)} ms`)
      : fail("the job's output is wrong", this.remedy);
  },
};

function job() {
  const wgsl = {
    shader: SHADER,
    entry: "main",
    bindings: [{
      group: 0,
      binding: 0,
      type: "storage" as const,
      size_bytes: 4 * WORDS,
      output: "y",
    }],
    dispatch: [1, 1, 1] satisfies [number, number, number],
    repeat: 1,
  };
  return { program: { kind: "wgsl" as const, wgsl }, inputs: new Map(), outputs: ["y"] };
}
