import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { loadJobFile } from "../../src/cli/job_file.ts";
import { matrixProduct, TEMPLATE_FILES, writeWgslTemplate } from "../../src/cli/job_template.ts";
import { LIMITS } from "../../src/protocol/limits.ts";

/** A folder with the template job in it, removed after the test. */
async function withJob(test: (folder: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    const folder = `${root}/job`;
    await writeWgslTemplate(folder);
    await test(folder);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Loads the folder's job after an edit of its file's text, and gives the refusal. */
async function refusal(folder: string, edit: (text: string) => string): Promise<HorizonError> {
  const path = `${folder}/${TEMPLATE_FILES.job}`;
  await Deno.writeTextFile(path, edit(await Deno.readTextFile(path)));
  return await assertRejects(() => loadJobFile(path), HorizonError);
}

Deno.test("the template is a valid job, and its expected file is the product of its inputs", async () => {
  await withJob(async (folder) => {
    const { job, inputs } = await loadJobFile(`${folder}/job.yaml`);
    assertEquals(job.kind, "wgsl");
    assert(job.kind === "wgsl");
    assertMatch(job.wgsl.shader, /@compute/);
    assertEquals([...inputs.values()].map((file) => file.size_bytes), [65536, 65536]);
    const words = async (name: string) =>
      new Uint32Array((await Deno.readFile(`${folder}/${name}`)).buffer);
    const product = matrixProduct(await words("a.bin"), await words("b.bin"));
    assertEquals(product, await words("expected.bin"));
  });
});

Deno.test("a template writes over nothing", async () => {
  await withJob(async (folder) => {
    await Deno.remove(`${folder}/job.yaml`);
    await Deno.writeTextFile(`${folder}/a.bin`, "mine");
    const error = await assertRejects(() => writeWgslTemplate(folder), HorizonError);
    assertEquals(error.code, "already_exists");
    assertEquals(await Deno.readTextFile(`${folder}/a.bin`), "mine");
    await assertRejects(() => Deno.stat(`${folder}/job.yaml`), Deno.errors.NotFound);
  });
});

Deno.test("a job file that is missing, empty, binary, huge or a folder is refused as such", async () => {
  await withJob(async (folder) => {
    const path = `${folder}/other.yaml`;
    const load = () => assertRejects(() => loadJobFile(path), HorizonError);
    assertEquals((await load()).code, "not_found");
    await Deno.writeTextFile(path, " \n");
    assertMatch((await load()).message, /is empty/);
    await Deno.writeFile(path, Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 1));
    assertMatch((await load()).message, /not text/);
    await Deno.writeFile(path, Uint8Array.of(0xff, 0xfe, 0x41));
    assertMatch((await load()).message, /not UTF-8/);
    await Deno.writeFile(path, new Uint8Array(LIMITS.job_file_bytes + 1).fill(35));
    assertEquals((await load()).code, "too_large");
    await Deno.remove(path);
    await Deno.mkdir(path);
    assertMatch((await load()).message, /not a file/);
  });
});

Deno.test("invalid YAML is refused with its line, duplicate keys too", async () => {
  await withJob(async (folder) => {
    assertMatch((await refusal(folder, () => "version: 1\nname: [a,\n")).message, /line 3/);
    const twice = await refusal(folder, () => "version: 1\nname: a\nname: b\n");
    assertMatch(twice.message, /duplicated key at line 3/);
  });
});

Deno.test("unknown fields are refused with a suggestion, and another kind with the known ones", async () => {
  await withJob(async (folder) => {
    const path = `${folder}/job.yaml`;
    const good = await Deno.readTextFile(path);
    const edits: [(text: string) => string, RegExp][] = [
      [(t) => t.replace("outputs:", "output:"), /Did you mean "outputs"/],
      [(t) => t.replace("time_s", "time"), /limits.*Did you mean "time_s"/],
      [(t) => t.replace("dispatch", "dispatsh"), /Did you mean "dispatch"/],
      [(t) => t.replace("version: 1", "version: 2"), /at version/],
      [(t) => t.replace("kind: wgsl", "kind: docker"), /"docker" is no kind/],
      [(t) => t.replace("time_s: 60", "time_s: 0"), /limits\.time_s/],
      [(t) => t.replace("[16, 16, 1]", "[16, 16, 99999]"), /wgsl\.dispatch\.2/],
    ];
    for (const [edit, message] of edits) {
      await Deno.writeTextFile(path, good);
      const error = await refusal(folder, edit);
      assertEquals(error.code, "invalid_job");
      assertMatch(error.message, message);
    }
  });
});

Deno.test("paths that leave the job's folder are refused, however they are written", async () => {
  const attacks = [
    "../secret.bin",
    "sub/../../secret.bin",
    "/etc/passwd",
    "//etc/passwd",
    "..",
    "..\\\\secret.bin",
    "C:secret.bin",
    "a\\0.bin",
  ];
  for (const attack of attacks) {
    await withJob(async (folder) => {
      await Deno.writeFile(`${folder}/../secret.bin`, new Uint8Array(65536));
      const error = await refusal(folder, (t) => t.replace("a: a.bin", `a: "${attack}"`));
      assertEquals(error.code, "invalid_job", attack);
      assertMatch(error.message, /inputs\.a/);
    });
  }
});

Deno.test("paths through symbolic links are refused: a file, a folder, and the shader", async () => {
  await withJob(async (folder) => {
    const path = `${folder}/job.yaml`;
    const good = await Deno.readTextFile(path);
    await Deno.mkdir(`${folder}/../outside`);
    await Deno.writeFile(`${folder}/../outside/secret.bin`, new Uint8Array(65536));
    await Deno.symlink("../outside/secret.bin", `${folder}/link.bin`);
    await Deno.symlink("../outside", `${folder}/sub`);
    await Deno.symlink("job.yaml", `${folder}/link.wgsl`);
    for (
      const [from, to] of [
        ["a: a.bin", "a: link.bin"],
        ["a: a.bin", "a: sub/secret.bin"],
        ["shader: matrix.wgsl", "shader: link.wgsl"],
      ] as const
    ) {
      await Deno.writeTextFile(path, good);
      const error = await refusal(folder, (t) => t.replace(from, to));
      assertMatch(error.message, /symbolic link/);
    }
  });
});

Deno.test("a missing input, a folder as input and a pipe as input are refused", async () => {
  await withJob(async (folder) => {
    const path = `${folder}/job.yaml`;
    const good = await Deno.readTextFile(path);
    await Deno.mkdir(`${folder}/sub`);
    const edits: [string, RegExp][] = [["gone.bin", /is not there/], ["sub", /is not a file/]];
    if (Deno.build.os !== "windows") {
      await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
      edits.push(["pipe", /is not a file/]);
    }
    for (const [name, message] of edits) {
      await Deno.writeTextFile(path, good);
      assertMatch((await refusal(folder, (t) => t.replace("a.bin", name))).message, message);
    }
  });
});

Deno.test("a job that does not fit together is refused with the place", async () => {
  await withJob(async (folder) => {
    const path = `${folder}/job.yaml`;
    const good = await Deno.readTextFile(path);
    await Deno.writeFile(`${folder}/odd.bin`, new Uint8Array(65535));
    await Deno.writeFile(`${folder}/none.bin`, new Uint8Array());
    const edits: [(text: string) => string, RegExp][] = [
      [
        (t) => t.replace("input: b", "input: b, dtype: f32"),
        /has a dtype, which is that of an output/,
      ],
      [(t) => t.replace("input: b", "input: z"), /"z", which is not an input/],
      [(t) => t.replace("input: b", "input: a"), /no binding uses the input "b"/],
      [(t) => t.replace("binding: 1", "binding: 0"), /is there twice/],
      [(t) => t.replace("[c]", "[c, d]"), /no binding makes the output "d"/],
      [(t) => t.replace("[c]", "[]"), /outputs does not list/],
      [(t) => t.replace("[c]", "[c, c]"), /one of them twice/],
      [(t) => t.replace("storage, size_bytes: 65536", "storage"), /neither an input nor/],
      [(t) => t.replace("type: storage, size", "type: uniform, size"), /can't be the output/],
      [(t) => t.replace("b: b.bin", "b: odd.bin"), /no multiple of 4/],
      [(t) => t.replace("b: b.bin", "b: none.bin"), /is empty/],
      [(t) => t.replace("65536", "1073741824"), /limits\.vram_mb is 64/],
      [(t) => t.replace("65536", "4194304"), /limits\.output_mb is 1/],
    ];
    for (const [edit, message] of edits) {
      await Deno.writeTextFile(path, good);
      const error = await refusal(folder, edit);
      assertEquals(error.code, "invalid_job");
      assertMatch(error.message, message);
    }
  });
});

Deno.test("YAML bombs are refused before anything walks what they stand for", async () => {
  const tenfold = (depth: number) =>
    Array.from({ length: depth }, (_, i) => {
      const of = i === 0 ? "x" : `*k${i - 1}`;
      return `k${i}: &k${i} [${Array(10).fill(of).join(", ")}]`;
    }).join("\n");
  const bombs: [string, RegExp][] = [
    [tenfold(12), /values/],
    ["a: &a\n  b: *a\n", /nested/],
    ["[".repeat(100_000), /nested too deeply/],
    [`a: ${"{b: ".repeat(40)}1${"}".repeat(40)}`, /levels deep/],
    // Merge keys copy a mapping each time they are used; the schema has none.
    [
      `a: &a {${Array.from({ length: 500 }, (_, i) => `k${i}: 1`).join(", ")}}\n` +
      Array.from({ length: 2000 }, (_, i) => `m${i}: {<<: *a}`).join("\n"),
      /values/,
    ],
  ];
  for (const [bomb, message] of bombs) {
    await withJob(async (folder) => {
      const error = await refusal(folder, () => bomb);
      assertEquals(error.code, "invalid_job");
      assertMatch(error.message, message);
    });
  }
});

Deno.test("a job file changes nothing of the objects it is read into", async () => {
  await withJob(async (folder) => {
    const error = await refusal(folder, (t) => `__proto__: {polluted: 1}\n${t}`);
    assertEquals(error.code, "invalid_job");
    assert(!("polluted" in {}));
  });
});
