import { HorizonError } from "../../base/errors.ts";
import type { AdapterDescription } from "../../gpu/adapter.ts";
import type { Gpu } from "../../gpu/device.ts";
import { type Check, fail, type Finding, pass, skip, warn } from "./check.ts";
import { knownAnswer } from "./known_answer.ts";

/** A driver's first start, and a compilation for the kernels. */
const DRIVER_TIMEOUT_MS = 30_000, KERNELS_TIMEOUT_MS = 60_000;
const UPDATE = "Update the GPU's driver.";

/** The GPU and its driver. The checks share one adapter and one device: run them in order. */
export function gpuChecks(): Check[] {
  const subject = new Subject();
  return [adapterCheck(subject), limitsCheck(subject), halfCheck(subject), kernelsCheck(subject)];
}

/** The adapter and the device under test, each opened once, when first asked for. */
class Subject {
  #adapter: Promise<GPUAdapter | null> | undefined;
  #gpu: Promise<Gpu> | undefined;

  /** Null where there is none. */
  adapter(): Promise<GPUAdapter | null> {
    this.#adapter ??= import("../../gpu/adapter.ts").then(({ openAdapter }) =>
      openAdapter().catch((thrown) => {
        if (thrown instanceof HorizonError && thrown.code === "no_adapter") return null;
        throw thrown;
      })
    );
    return this.#adapter;
  }

  gpu(adapter: GPUAdapter): Promise<Gpu> {
    this.#gpu ??= import("../../gpu/device.ts").then(({ openDevice }) => openDevice(adapter));
    return this.#gpu;
  }
}

const NO_ADAPTER = skip("there is no GPU adapter");

function adapterCheck(subject: Subject): Check {
  return {
    id: "gpu_adapter",
    purpose: "offer this machine's GPU",
    required: "a hardware adapter through Vulkan, Metal or DX12; only to offer a GPU",
    remedy: "Install the GPU's Vulkan driver.",
    timeout_ms: DRIVER_TIMEOUT_MS,
    async run(): Promise<Finding> {
      const { describeAdapter, openAdapter } = await import("../../gpu/adapter.ts");
      const adapter = await subject.adapter();
      if (adapter === null) {
        // Asked again for its words: they say what to install on this system.
        const refusal = await openAdapter().then(() => null, (thrown) => thrown);
        const fix = refusal instanceof HorizonError ? refusal.fix : undefined;
        return warn("there is none", fix ?? this.remedy);
      }
      const described = describeAdapter(adapter);
      const actual = describe(described);
      if (described.kind === "hardware") return pass(actual);
      return warn(actual, "Registries list a software adapter only with allow_software.");
    },
  };
}

function describe(adapter: AdapterDescription): string {
  const { description, vendor, architecture, device, kind, chip, memory_gb } = adapter;
  const words = [
    description || device || "unnamed",
    `vendor ${vendor || "unnamed"}`,
    ...(architecture === "" ? [] : [`architecture ${architecture}`]),
    kind,
    chip === null ? "of no known class" : `class ${chip}, ${memory_gb} GB`,
  ];
  return words.join(", ");
}

/** WebGPU's default limits, within which every kernel and every job works. */
const LEAST_LIMITS = {
  maxBufferSize: 256 * 1024 ** 2,
  maxStorageBufferBindingSize: 128 * 1024 ** 2,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupsPerDimension: 65_535,
} as const;

function limitsCheck(subject: Subject): Check {
  const names = ["maxBufferSize", "maxStorageBufferBindingSize"] as const;
  return {
    id: "gpu_limits",
    purpose: "room for the kernels and for jobs",
    required: "WebGPU's default limits, and a device within them",
    remedy: UPDATE,
    timeout_ms: DRIVER_TIMEOUT_MS,
    async run(): Promise<Finding> {
      const adapter = await subject.adapter();
      if (adapter === null) return NO_ADAPTER;
      const low = Object.entries(LEAST_LIMITS).flatMap(([name, least]) => {
        const value = Number(Reflect.get(adapter.limits, name));
        return value >= least ? [] : [`${name} is ${value}, below ${least}`];
      });
      if (low.length > 0) return fail(low.join(", "), UPDATE);
      await subject.gpu(adapter);
      return pass(names.map((name) => `${name} ${adapter.limits[name]}`).join(", "));
    },
  };
}

function halfCheck(subject: Subject): Check {
  return {
    id: "gpu_f16",
    purpose: "run jobs that compute in half precision",
    required: "the feature shader-f16; only for such jobs",
    remedy: "Update the GPU's driver; an older GPU has no half precision.",
    timeout_ms: DRIVER_TIMEOUT_MS,
    async run(): Promise<Finding> {
      const adapter = await subject.adapter();
      if (adapter === null) return NO_ADAPTER;
      return adapter.features.has("shader-f16") ? pass("present") : warn("absent", this.remedy);
    },
  };
}

function kernelsCheck(subject: Subject): Check {
  return {
    id: "gpu_kernels",
    purpose: "answer a registry's challenge",
    required: "a small proof whose answer the CPU's verifier finds right",
    remedy: "The GPU or its driver computes wrongly: update the driver, end overclocking.",
    timeout_ms: KERNELS_TIMEOUT_MS,
    async run(): Promise<Finding> {
      const adapter = await subject.adapter();
      if (adapter === null) return NO_ADAPTER;
      const gpu = await subject.gpu(adapter);
      const outcome = await knownAnswer(gpu);
      return outcome.ok
        ? pass("right, bit for bit")
        : fail(`${outcome.step}: ${outcome.reason}`, this.remedy);
    },
  };
}
