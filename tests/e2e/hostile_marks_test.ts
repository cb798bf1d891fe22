import { assertEquals, assertGreater, assertMatch } from "@std/assert";
import { jailed } from "./hostile_payload.ts";
import { moduleJob } from "../provider/module_job.ts";

/** What the kernel itself says of a job that runs in the jail of the compiled binary. */

const field = (text: string, name: string) =>
  new RegExp(`^${name}:?\\s+(.*)$`, "m").exec(text)?.[1]?.trim().replace(/\s+/g, " ");

/** Looks at a running job from outside, then has it ended. */
async function lookAtJob(look: (proc: string) => void): Promise<void> {
  const stop = new AbortController();
  let thrown: unknown;
  const outcome = await jailed(
    moduleJob(`export default ({ log }) => { log(String(Deno.pid)); for (;;); }`),
    {
      signal: stop.signal,
      onLog: (line) => {
        try {
          assertMatch(line, /^\d+$/);
          look(`/proc/${line}`);
        } catch (error) {
          thrown = error;
        }
        stop.abort();
      },
    },
  );
  if (thrown !== undefined) throw thrown;
  assertEquals(outcome.state, "cancelled");
}

Deno.test("every thread of a job has both filters, no capability, and gains no privilege", async () => {
  await lookAtJob((proc) => {
    const threads = [...Deno.readDirSync(`${proc}/task`)];
    assertGreater(threads.length, 1);
    for (const { name } of threads) {
      const status = Deno.readTextFileSync(`${proc}/task/${name}/status`);
      assertEquals(field(status, "NoNewPrivs"), "1");
      assertEquals(field(status, "Seccomp_filters"), "2");
      for (const set of ["CapInh", "CapPrm", "CapEff", "CapAmb"]) {
        assertEquals(field(status, set), "0000000000000000", set);
      }
    }
  });
});

Deno.test("a job has hard limits, its own environment, and is the first to go without memory", async () => {
  await lookAtJob((proc) => {
    const limits = Deno.readTextFileSync(`${proc}/limits`);
    assertEquals(field(limits, "Max core file size"), "0 0 bytes");
    assertEquals(field(limits, "Max file size"), "67108864 67108864 bytes");
    assertEquals(field(limits, "Max open files"), "512 512 files");
    assertMatch(field(limits, "Max data size") ?? "", /^(\d+) \1 bytes$/);
    assertEquals(Deno.readTextFileSync(`${proc}/oom_score_adj`).trim(), "1000");
    assertEquals(Deno.readLinkSync(`${proc}/cwd`), "/");
    const names = Deno.readTextFileSync(`${proc}/environ`).split("\0").filter((entry) => entry)
      .map((entry) => entry.split("=")[0] ?? "");
    const known = ["DENO_WEBGPU_BACKEND", "MESA_SHADER_CACHE_DISABLE", "NO_COLOR"]
      .concat(["MESA_GLSL_CACHE_DISABLE", "RADV_DEBUG", "ANV_ENABLE_PIPELINE_CACHE"])
      .concat(["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "__GL_SHADER_DISK_CACHE"]);
    assertEquals(names.filter((name) => !known.includes(name)), []);
  });
});

Deno.test("a job holds no descriptor of a file", async () => {
  await lookAtJob((proc) => {
    const targets = [...Deno.readDirSync(`${proc}/fd`)].map(({ name }) =>
      Deno.readLinkSync(`${proc}/fd/${name}`)
    );
    assertEquals(targets.filter((target) => !/^(pipe|socket|anon_inode):/.test(target)), []);
  });
});
