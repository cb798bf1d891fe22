/** Writes a job that would run for hours: many short passes, so that no watchdog of a driver minds. */
export async function writeEndlessJob(folder: string): Promise<void> {
  const shader = `@group(0) @binding(0) var<storage, read_write> c: array<atomic<u32>>;
@compute @workgroup_size(1) fn main() {
  for (var i = 0u; i < 60000u; i++) { atomicAdd(&c[0], i); }
}`;
  const job = {
    version: 1,
    name: "endless",
    kind: "wgsl",
    wgsl: {
      shader: "loop.wgsl",
      bindings: [{ binding: 0, size_bytes: 4, output: "c" }],
      dispatch: [1, 1, 1],
      repeat: 1_000_000,
    },
    outputs: ["c"],
  };
  await Deno.mkdir(folder);
  await Deno.writeTextFile(`${folder}/loop.wgsl`, shader);
  await Deno.writeTextFile(`${folder}/job.json`, JSON.stringify(job));
}
