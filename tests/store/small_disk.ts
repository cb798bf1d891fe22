/**
 * Does a test's work on a folder that is a disk of its own, of 4 MB; where mounting is not permitted, the
 * test says by a step that it skips.
 */
export async function onSmallDisk(
  t: Deno.TestContext,
  path: string,
  work: () => Promise<void>,
): Promise<void> {
  if (!await mountSmallDisk(path)) {
    const name = "skipped: mounting a small disk is not permitted here";
    await t.step({ name, ignore: true, fn() {} });
    return;
  }
  try {
    await work();
  } finally {
    await new Deno.Command("umount", { args: [path] }).output();
  }
}

/** Mounts a tmpfs of 4 MB; false where that is not permitted. */
async function mountSmallDisk(path: string): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  const args = ["-t", "tmpfs", "-o", "size=4m", "tmpfs", path];
  try {
    const mount = new Deno.Command("mount", { args, stderr: "null", stdout: "null" });
    return (await mount.output()).success;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}
