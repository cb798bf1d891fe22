import { assertEquals, assertMatch } from "@std/assert";
import { accepted, listGpu, newActor, openTest, rentGpu } from "./harness.ts";
import { submitJob } from "./jobs.ts";

/** What Prometheus' own checker says of an exposition; null where it isn't installed. */
async function complaints(text: string): Promise<string | null> {
  let child;
  try {
    child = new Deno.Command("promtool", {
      args: ["check", "metrics"],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return null;
    throw thrown;
  }
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { stdout, stderr } = await child.output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test("the metrics of a market at work are what Prometheus reads without complaint", async () => {
  await using registry = await openTest();
  const [owner, renter] = [newActor(), newActor()];
  await listGpu(registry, owner, "gpu-1");
  await rentGpu(registry, renter, "gpu-1");
  const { job_id } = await submitJob(registry, renter, "gpu-1");
  await accepted(registry, renter, "job.cancel", { job_id });
  await (await registry.fetch("/v1/jobs/job_999")).body?.cancel();
  const text = await (await registry.fetch("/metrics")).text();
  assertMatch(text, /^horizon_intents_total\{.*\} \d+$/m);
  const found = await complaints(text);
  if (found === null) console.log("skipped: promtool isn't installed");
  else assertEquals(found, "");
  const broken = await complaints(text.replace(/^# TYPE .*$/m, "# TYPE horizon_x counter counter"));
  if (broken !== null) assertMatch(broken, /parsing/);
});
