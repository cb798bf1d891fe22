/**
 * All that differs between operating systems. Linux on x86-64 is tested; macOS, Windows and Arm are not:
 * there, what a system lacks is left out as these functions say, and the jail is not available.
 */
const { os } = Deno.build;

/** "linux", "darwin", "windows", … */
export const OS: string = os;
export const IS_LINUX = os === "linux";
/** The jail needs Landlock and seccomp; whether this kernel has them says `runtime/jail_support.ts`. */
export const MAY_JAIL = IS_LINUX;
const IS_WINDOWS = os === "windows";

/** Signals that a command hears. Windows has the first alone. */
type HeardSignal = "SIGINT" | "SIGTERM" | "SIGWINCH";

/** Calls the listener at each signal of the kind, until the returned function is called. */
export function onSignal(signal: HeardSignal, listener: () => void): () => void {
  if (IS_WINDOWS && signal !== "SIGINT") return () => {};
  Deno.addSignalListener(signal, listener);
  return () => Deno.removeSignalListener(signal, listener);
}

/** Gives a file or folder its mode. Windows has no modes: there it keeps its folder's rights. */
export async function setMode(path: string, mode: number): Promise<void> {
  if (!IS_WINDOWS) await Deno.chmod(path, mode);
}

/** Makes the names in a folder survive a power cut. Windows keeps them by itself, and opens no folder. */
export async function syncFolder(path: string): Promise<void> {
  if (IS_WINDOWS) return;
  using folder = await Deno.open(path, { read: true });
  await folder.sync();
}

/** The file name of a program. */
export function programFile(name: string): string {
  return IS_WINDOWS ? `${name}.exe` : name;
}
