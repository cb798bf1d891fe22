import { IS_LINUX } from "../base/platform.ts";

/** Where drivers are told of by the environment; what these name must be readable in the jail. */
const DRIVER_FILES = [
  "VK_DRIVER_FILES",
  "VK_ICD_FILENAMES",
  // NVIDIA's Vulkan driver starts through EGL where there is no display.
  "__EGL_VENDOR_LIBRARY_FILENAMES",
] as const;

/** The whole environment of a job: no home, no session, no secret of the provider's. */
export function jobEnvironment(): Record<string, string> {
  const env: Record<string, string> = {
    // A cache that outlives the job would carry data from one renter to the next. Landlock lets
    // none be written; these spare the drivers the attempt. Mesa, of now and of before:
    MESA_SHADER_CACHE_DISABLE: "true",
    MESA_GLSL_CACHE_DISABLE: "true",
    // Mesa's drivers for AMD and Intel, which keep caches in memory too.
    RADV_DEBUG: "nocache",
    ANV_ENABLE_PIPELINE_CACHE: "0",
    // NVIDIA.
    __GL_SHADER_DISK_CACHE: "0",
    NO_COLOR: "1",
  };
  // Through EGL a job would load X11 and Wayland as well.
  if (IS_LINUX) env.DENO_WEBGPU_BACKEND = "vulkan";
  for (const name of DRIVER_FILES) {
    const value = Deno.env.get(name);
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** The files that the environment's driver variables name: lists separated by colons. */
export function driverFiles(env: Readonly<Record<string, string>>): string[] {
  return DRIVER_FILES.flatMap((name) => env[name]?.split(":") ?? [])
    .filter((path) => path.startsWith("/"));
}
