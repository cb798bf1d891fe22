import { HorizonError } from "../base/errors.ts";
import { softwareSign } from "../proof/software.ts";
import { chipNamed } from "../proof/type_names.ts";
import type { AdapterClaim } from "../proof/verdict.ts";
import { IS_LINUX, OS } from "../base/platform.ts";

/** What is known of an adapter: its own words, and what follows from them. */
export interface AdapterDescription extends AdapterClaim {
  readonly kind: "hardware" | "software";
  /** The class of a known chip, by the adapter's description; null if it names none. */
  readonly chip: string | null;
  /** That chip's memory: WebGPU itself never tells. Null if unknown. */
  readonly memory_gb: number | null;
}

/** What to install where there is no adapter, by operating system. */
const DRIVER_FIX: Record<string, string> = {
  linux:
    "Install the GPU's Vulkan driver (NVIDIA's needs the package libegl1 or libglvnd too); for " +
    "a software adapter, the package mesa-vulkan-drivers (Debian, Ubuntu, Fedora) or vulkan-swrast " +
    "(Arch).",
  darwin: "Metal needs macOS 11 or newer on a Mac with a supported GPU.",
  windows: "Install the GPU maker's driver, with DirectX 12 or Vulkan.",
};

/** The machine's best adapter. Throws `no_adapter`, which says what to install. */
export async function openAdapter(): Promise<GPUAdapter> {
  quietWayland();
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter !== null) return adapter;
  throw new HorizonError("no_adapter", "This machine has no GPU adapter", {
    fix: DRIVER_FIX[OS] ?? "Install a Vulkan driver for the GPU.",
  });
}

/**
 * Without this variable Mesa's EGL complains on stderr that it finds no Wayland, and goes on. Any
 * folder without a Wayland socket keeps it quiet.
 */
function quietWayland(): void {
  const name = "XDG_RUNTIME_DIR";
  if (IS_LINUX && Deno.env.get(name) === undefined) Deno.env.set(name, "/");
}

/** What an adapter says of itself, and whether that makes it a software one. */
export function describeAdapter(adapter: GPUAdapter): AdapterDescription {
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const is_fallback = isFallbackAdapter === true;
  const claim: AdapterClaim = { vendor, architecture, device, description, is_fallback };
  const kind = softwareSign(claim) === undefined ? "hardware" : "software";
  const chip = chipNamed(description);
  return { ...claim, kind, chip: chip?.id ?? null, memory_gb: chip?.memory_gb ?? null };
}
