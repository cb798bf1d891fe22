import { assertEquals } from "@std/assert";

/** Who may import whom (DESIGN §2). Arrow "lazily" means: by dynamic import only. */
const ALLOWED: Record<string, { now: string[]; lazily?: string[] }> = {
  main: { now: [], lazily: ["cli", "runtime"] },
  cli: { now: ["client", "protocol"], lazily: ["registry", "provider", "gpu", "market", "proof"] },
  client: { now: ["protocol"] },
  registry: { now: ["market", "auction", "proof", "federation", "store", "protocol"] },
  federation: { now: ["market", "store", "client", "protocol"] },
  market: { now: ["auction", "protocol"] },
  provider: { now: ["client", "gpu", "runtime", "proof", "protocol"] },
  runtime: { now: ["gpu", "protocol"] },
  gpu: { now: ["proof"] },
  store: { now: ["protocol"] },
  protocol: { now: [] },
  auction: { now: [] },
  proof: { now: [] },
  base: { now: [] },
};

const SRC = new URL("../src/", import.meta.url);
const IMPORT =
  /(?:^|\n)\s*(import|export)\s+(type\s)?[^;"]*?from\s*"([^"]+)"|(?:^|\n)import\s*"([^"]+)"/g;
const LAZY = /\bimport\(\s*"([^"]+)"/g;

interface Arrow {
  file: string;
  to: string;
  lazy: boolean;
  typeOnly: boolean;
}

Deno.test("imports go one way, as the design draws them", async () => {
  const wrong: string[] = [];
  for (const arrow of await arrows()) {
    const from = folderOf(arrow.file);
    const to = folderOf(arrow.to);
    if (from === to || to === "base") continue;
    const rule = ALLOWED[from];
    const allowed = rule?.now.includes(to) ||
      ((arrow.lazy || arrow.typeOnly) && rule?.lazily?.includes(to));
    if (!allowed) wrong.push(`${arrow.file} → ${arrow.to}${arrow.lazy ? " (lazily)" : ""}`);
  }
  assertEquals(wrong, []);
});

Deno.test("every folder of src has a place in the table of imports", async () => {
  const unknown: string[] = [];
  for await (const entry of Deno.readDir(SRC)) {
    if (entry.isDirectory && !(entry.name in ALLOWED)) unknown.push(entry.name);
  }
  assertEquals(unknown, []);
});

Deno.test("a job's own processes load no schemas, which would take them 40 ms each", async () => {
  const all = await arrows();
  const reached = new Set(["runtime/main.ts"]);
  for (const file of reached) {
    for (const { to, lazy, typeOnly } of all.filter((arrow) => arrow.file === file)) {
      if (!lazy && !typeOnly) reached.add(to);
    }
  }
  const withSchemas: string[] = [];
  for (const file of reached) {
    const text = await Deno.readTextFile(new URL(file, SRC));
    if (/from "zod"/.test(text)) withSchemas.push(file);
  }
  assertEquals(withSchemas, []);
});

Deno.test("only the platform file asks which operating system it is on", async () => {
  const asking: string[] = [];
  for await (const path of files(SRC)) {
    const text = await Deno.readTextFile(new URL(path, SRC));
    // What a report of this machine names is no difference in what is done.
    if (path.startsWith("cli/self_test/")) continue;
    if (/Deno\.build\.os|addSignalListener|Deno\.chmod/.test(text)) asking.push(path);
  }
  assertEquals(asking, ["base/platform.ts"]);
});

Deno.test("no file of src is longer than 500 lines, and none is named utils", async () => {
  const wrong: string[] = [];
  for await (const path of files(SRC)) {
    const lines = (await Deno.readTextFile(new URL(path, SRC))).split("\n").length;
    if (lines > 501 || /(^|\/)(utils?|helpers?|common|misc)\.ts$/.test(path)) wrong.push(path);
  }
  assertEquals(wrong, []);
});

async function arrows(): Promise<Arrow[]> {
  const found: Arrow[] = [];
  for await (const file of files(SRC)) {
    const text = await Deno.readTextFile(new URL(file, SRC));
    const add = (specifier: string | undefined, lazy: boolean, typeOnly: boolean) => {
      if (specifier === undefined || !specifier.startsWith(".")) return;
      const to = new URL(specifier, new URL(file, SRC)).pathname.slice(SRC.pathname.length);
      found.push({ file, to, lazy, typeOnly });
    };
    for (const match of text.matchAll(IMPORT)) {
      add(match[3] ?? match[4], false, match[2] !== undefined);
    }
    for (const match of text.matchAll(LAZY)) add(match[1], true, false);
  }
  return found;
}

/** Paths of the TypeScript files below a folder, relative to src. */
async function* files(folder: URL): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isDirectory) yield* files(new URL(`${entry.name}/`, folder));
    else if (/\.tsx?$/.test(entry.name)) {
      yield new URL(entry.name, folder).pathname.slice(SRC.pathname.length);
    }
  }
}

/** "market/decide.ts" → "market"; "main.ts" → "main". */
function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : path.replace(/\.ts$/, "");
}
