import { assertEquals, assertMatch } from "@std/assert";
import { SelfTestReport } from "../../src/protocol/self_test.ts";
import { Home } from "./binary.ts";

const MANIFESTS = "/usr/share/vulkan/icd.d";
/** The manifest of Mesa's software driver, which needs no device. */
const manifest = manifestNames().find((name) => name.startsWith("lvp_icd"));

function manifestNames(): string[] {
  try {
    return [...Deno.readDirSync(MANIFESTS)].map(({ name }) => name);
  } catch {
    return [];
  }
}

/** A copy of that driver where no jail looks, as a vendor's may lie; the path of its manifest. */
async function hideDriver(folder: string): Promise<string> {
  const { ICD } = JSON.parse(await Deno.readTextFile(`${MANIFESTS}/${manifest}`));
  const library_path = `${folder}/driver.so`;
  await Deno.copyFile(ICD.library_path, library_path);
  const copy = `${folder}/driver.json`;
  const text = JSON.stringify({ file_format_version: "1.0.0", ICD: { ...ICD, library_path } });
  await Deno.writeTextFile(copy, text);
  return copy;
}

Deno.test({
  name: "a GPU that answers outside the jail alone fails the self-test, and is not provided" +
    (manifest === undefined ? " (skipped: no software driver)" : ""),
  ignore: manifest === undefined,
  async fn() {
    await using home = new Home("hidden-driver");
    await home.json(["init"]);
    const env = { VK_DRIVER_FILES: await hideDriver(home.folder) };

    const tested = await home.run(["self-test", "--json"], env);
    const { ok, rows } = SelfTestReport.parse(JSON.parse(tested.stdout));
    assertEquals([tested.code, ok], [1, false], tested.stdout);
    const row = (id: string) => rows.find((row) => row.id === id);
    assertEquals(row("gpu_kernels")?.result, "pass");
    assertEquals(row("jail_job")?.result, "fail");
    assertMatch(row("jail_job")?.actual ?? "", /answers outside the jail, and not in it/);

    const provided = await home.run(["provide", "--json"], env);
    assertEquals(JSON.parse(provided.stdout).error.code, "jail_unavailable", provided.stdout);
  },
});
