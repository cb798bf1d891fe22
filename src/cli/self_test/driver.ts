import { join } from "node:path";
import type { Env } from "../../base/paths.ts";
import type { Context } from "../context.ts";
import { type Check, fail, type Finding, pass, skip, warn } from "./check.ts";
import { IS_LINUX } from "../../base/platform.ts";

const TIMEOUT_MS = 5_000;
/** Where Linux distributions keep the manifests of Vulkan drivers. */
const MANIFEST_FOLDERS = [
  "/usr/share/vulkan/icd.d",
  "/usr/local/share/vulkan/icd.d",
  "/etc/vulkan/icd.d",
  "/run/opengl-driver/share/vulkan/icd.d",
];
/** Variables that name manifests in their place. */
const MANIFEST_VARIABLES = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];
const KERNEL_MODULES = ["nvidia", "amdgpu", "xe", "i915", "nouveau"];
const INSTALL = "Install the GPU's Vulkan driver and its loader (the package libvulkan1 or " +
  "vulkan-loader).";
/** NVIDIA's Vulkan driver starts through it, and without it is as good as absent. */
const EGL = "libEGL.so.1";
const INSTALL_EGL =
  "Install EGL (the package libegl1, libglvnd-egl or libglvnd): NVIDIA's Vulkan " +
  "driver starts through it.";

/** What the system has of drivers, before any of them is started. Only Linux leaves room for doubt. */
export function driverChecks(ctx: Context): Check[] {
  return [manifestCheck(ctx.io.env), deviceCheck];
}

function manifestCheck(env: Env): Check {
  return {
    id: "gpu_driver",
    purpose: "have a driver for the GPU",
    required: "a Vulkan loader and a driver's manifest (Linux); only to offer a GPU",
    remedy: INSTALL,
    timeout_ms: TIMEOUT_MS,
    async run(): Promise<Finding> {
      if (!IS_LINUX) return skip("the driver is part of this system");
      const manifests = await manifestsOf(env);
      const modules = await modulesOf();
      const loaded = modules.length === 0 ? "" : `; kernel modules ${modules.join(", ")}`;
      if (!hasLibrary("libvulkan.so.1")) return warn(`no libvulkan.so.1${loaded}`, INSTALL);
      if (manifests.length === 0) return warn(`no manifest of a driver${loaded}`, INSTALL);
      if (modules.some((name) => name.startsWith("nvidia")) && !hasLibrary(EGL)) {
        return warn(`no ${EGL}${loaded}`, INSTALL_EGL);
      }
      return pass(`${manifests.join(", ")}${loaded}`);
    },
  };
}

const deviceCheck: Check = {
  id: "gpu_device",
  purpose: "be allowed to use the GPU",
  required: "read and write access to its device nodes (Linux)",
  remedy: "Add this user to the group of the nodes: sudo usermod -aG render $USER; log in again.",
  timeout_ms: TIMEOUT_MS,
  async run(): Promise<Finding> {
    if (!IS_LINUX) return skip("this system has no device nodes for GPUs");
    const nodes = [
      ...(await namesIn("/dev/dri")).filter((name) => name.startsWith("renderD"))
        .map((name) => `/dev/dri/${name}`),
      ...(await namesIn("/dev")).filter((name) => /^nvidia(ctl|\d+)$/.test(name))
        .map((name) => `/dev/${name}`),
    ];
    if (nodes.length === 0) return skip("there is none: a software adapter needs none");
    const shut: string[] = [];
    for (const node of nodes) if (!await opens(node)) shut.push(node);
    return shut.length === 0
      ? pass(nodes.join(", "))
      : fail(`no access to ${shut.join(", ")}`, this.remedy);
  },
};

/** Names of the manifests that a loader would find. */
async function manifestsOf(env: Env): Promise<string[]> {
  const named = MANIFEST_VARIABLES.flatMap((name) => env.get(name)?.split(":") ?? [])
    .filter((path) => path !== "");
  if (named.length > 0) return named;
  const found = await Promise.all(MANIFEST_FOLDERS.map(namesIn));
  return found.flat().filter((name) => name.endsWith(".json")).sort();
}

/** Kernel modules of GPUs that are loaded, with their version where they have one. */
async function modulesOf(): Promise<string[]> {
  const loaded: string[] = [];
  const present = await namesIn("/sys/module");
  for (const name of KERNEL_MODULES.filter((name) => present.includes(name))) {
    const version = await Deno.readTextFile(join("/sys/module", name, "version")).catch(() => "");
    loaded.push(`${name} ${version}`.trim());
  }
  return loaded;
}

function hasLibrary(name: string): boolean {
  try {
    Deno.dlopen(name, {}).close();
    return true;
  } catch {
    return false;
  }
}

async function opens(path: string): Promise<boolean> {
  try {
    using _file = await Deno.open(path, { read: true, write: true });
    return true;
  } catch {
    return false;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder), (entry) => entry.name);
  } catch {
    return [];
  }
}
