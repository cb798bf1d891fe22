/** A path that the jail opens, for what, and why it must. */
export interface AllowedPath {
  path: string;
  /** Of a directory, all beneath it. `list`: names alone. `device`: read, write and ioctl. */
  access: "read" | "list" | "execute" | "device";
  why: string;
}

const ALWAYS: readonly AllowedPath[] = [
  {
    path: "/lib64/ld-linux-x86-64.so.2",
    access: "execute",
    why: "execve opens the ELF interpreter",
  },
  {
    path: "/lib/ld-linux-aarch64.so.1",
    access: "execute",
    why: "execve opens the ELF interpreter",
  },
  { path: "/etc/ld.so.cache", access: "read", why: "where the dynamic linker finds libraries" },
  { path: "/lib", access: "read", why: "libraries of the binary and of the driver" },
  { path: "/lib64", access: "read", why: "the same" },
  { path: "/usr/lib", access: "read", why: "the same" },
  { path: "/usr/lib64", access: "read", why: "the same" },
  { path: "/usr/local/lib", access: "read", why: "the same" },
  { path: "/nix/store", access: "read", why: "libraries on NixOS; holds no secrets by design" },
  { path: "/run/opengl-driver", access: "read", why: "the driver on NixOS" },
  { path: "/usr/local/nvidia", access: "read", why: "the driver, mounted into a container" },
  { path: "/usr/share/vulkan", access: "read", why: "manifests of Vulkan drivers and layers" },
  { path: "/usr/local/share/vulkan", access: "read", why: "the same" },
  { path: "/etc/vulkan", access: "read", why: "the same" },
  { path: "/usr/share/glvnd", access: "read", why: "NVIDIA's Vulkan driver starts through EGL" },
  { path: "/etc/glvnd", access: "read", why: "the same" },
  { path: "/usr/share/drirc.d", access: "read", why: "Mesa's workarounds" },
  { path: "/etc/drirc", access: "read", why: "the same" },
  { path: "/usr/share/libdrm", access: "read", why: "names of AMD GPUs" },
  { path: "/usr/share/nvidia", access: "read", why: "NVIDIA's application profiles" },
  { path: "/dev/null", access: "device", why: "standard sink" },
  { path: "/dev/zero", access: "read", why: "zeroed memory in older drivers" },
  { path: "/dev/urandom", access: "read", why: "seeds" },
  { path: "/dev/dri", access: "device", why: "GPUs of the kernel's DRM: AMD, Intel, NVIDIA" },
  { path: "/proc/driver/nvidia", access: "read", why: "NVIDIA's parameters and list of GPUs" },
  { path: "/proc/cpuinfo", access: "read", why: "CPU features for the JIT of a software driver" },
  { path: "/proc/meminfo", access: "read", why: "size of the heap that a driver reports" },
  { path: "/sys/devices/system/cpu", access: "read", why: "number of cores, for threads" },
  { path: "/sys/class/drm", access: "list", why: "links from DRM nodes to PCI devices" },
  { path: "/sys/bus/pci/devices", access: "list", why: "links to PCI devices" },
];

/**
 * All that a jailed program may open: the program itself, what every driver needs, this machine's
 * GPUs, and `more` (driver manifests that the environment names; from source, Deno's cache and
 * src/). Nothing of /proc/self: neither V8 nor the drivers miss it, and environ stays shut.
 */
export function allowedPaths(executable: string, more: readonly string[]): AllowedPath[] {
  return [
    { path: executable, access: "execute", why: "the program" },
    ...ALWAYS,
    ...nvidiaDevices(),
    ...gpuPciFiles(),
    ...more.map((path): AllowedPath => ({ path, access: "read", why: "named by the parent" })),
  ];
}

/** /dev/nvidiactl, /dev/nvidia0, /dev/nvidia-uvm, /dev/nvidia-caps, … as this machine has them. */
function nvidiaDevices(): AllowedPath[] {
  return namesIn("/dev").filter((name) => name.startsWith("nvidia")).map((name) => ({
    path: `/dev/${name}`,
    access: "device",
    why: "NVIDIA's own device nodes",
  }));
}

/** What libdrm reads of a GPU in sysfs. Not its `resource*`, through which root reads its memory. */
const PCI_FILES = ["vendor", "device", "subsystem_vendor", "subsystem_device"]
  .concat(["revision", "uevent", "config"]);

/** The sysfs files of the GPUs alone: the rest of /sys/devices tells of the machine. */
function gpuPciFiles(): AllowedPath[] {
  return namesIn("/sys/class/drm").flatMap((name): AllowedPath[] => {
    const folder = realPath(`/sys/class/drm/${name}/device`);
    if (folder === null) return [];
    const files = PCI_FILES.map((file): AllowedPath => ({
      path: `${folder}/${file}`,
      access: "read",
      why: "ids of a GPU, for libdrm",
    }));
    return [{ path: folder, access: "list", why: "DRM nodes of a GPU, for libdrm" }, ...files];
  });
}

/** Where a link leads; null for names without a device, such as connectors. */
function realPath(path: string): string | null {
  try {
    return Deno.realPathSync(path);
  } catch {
    return null;
  }
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map((entry) => entry.name);
  } catch {
    return [];
  }
}
