import { createHash } from "node:crypto";
import { VERSION } from "../src/base/version.ts";

/**
 * Builds the binaries of a release into dist/release, with SHA256SUMS: `deno task release`. A target
 * whose base runtime can't be had is named and skipped; one that is built wrongly ends it.
 */
const TARGETS = [
  { name: "linux-x64", triple: "x86_64-unknown-linux-gnu", magic: "7f454c46" },
  { name: "linux-arm64", triple: "aarch64-unknown-linux-gnu", magic: "7f454c46" },
  { name: "macos-x64", triple: "x86_64-apple-darwin", magic: "cffaedfe" },
  { name: "macos-arm64", triple: "aarch64-apple-darwin", magic: "cffaedfe" },
  { name: "windows-x64", triple: "x86_64-pc-windows-msvc", magic: "4d5a" },
] as const;
type Target = typeof TARGETS[number];

const FOLDER = "dist/release";

async function main(): Promise<void> {
  await Deno.remove(FOLDER, { recursive: true }).catch(() => undefined);
  await Deno.mkdir(FOLDER, { recursive: true });
  const bundled = await deno(["task", "bundle"]);
  if (!bundled.success) throw new Error(`the bundle can't be made:\n${bundled.words}`);
  const sums: string[] = [];
  for (const target of TARGETS) {
    const file = await build(target);
    if (file === null) continue;
    const bytes = await Deno.readFile(`${FOLDER}/${file}`);
    await check(target, file, bytes);
    sums.push(`${createHash("sha256").update(bytes).digest("hex")}  ${file}\n`);
    console.log(`${file}  ${(bytes.length / 1e6).toFixed(1)} MB`);
  }
  if (sums.length === 0) throw new Error("no target could be built");
  await Deno.writeTextFile(`${FOLDER}/SHA256SUMS`, sums.join(""));
}

/** The file that was built; null, with the reason printed, where the base runtime can't be had. */
async function build({ name, triple }: Target): Promise<string | null> {
  const file = `horizon-${VERSION}-${name}${name.startsWith("windows") ? ".exe" : ""}`;
  const isHost = triple === Deno.build.target;
  const made = await deno([
    ...["compile", "--no-check", "--no-code-cache", "-A"],
    ...["--include", "dist/bundle/onnxruntime.wasm.br"],
    ...(isHost ? [] : ["--target", triple]),
    ...["-o", `${FOLDER}/${file}`, "dist/bundle/main.js"],
  ], isHost);
  if (made.success) return file;
  const [said = ""] = made.words.split("Stack backtrace");
  const causes = said.match(/(?<=^(?:error|\s+\d+): ).*$/gm) ?? [];
  console.log(`${name} is skipped: ${causes.at(-1) ?? "it can't be compiled"}`);
  return null;
}

/** Throws for a file of another system, or, on this one, a program that doesn't say its version. */
async function check({ triple, magic }: Target, file: string, bytes: Uint8Array): Promise<void> {
  if (!bytes.subarray(0, 4).toHex().startsWith(magic)) {
    throw new Error(`${file} is no program for ${triple}`);
  }
  if (triple !== Deno.build.target) return;
  const { stdout } = await new Deno.Command(`${FOLDER}/${file}`, { args: ["version"] }).output();
  const said = new TextDecoder().decode(stdout);
  if (!said.includes(VERSION)) throw new Error(`${file} says ${JSON.stringify(said)}`);
}

/** Runs this Deno. DENORT_BIN names a base runtime for this machine alone. */
async function deno(
  args: readonly string[],
  isHost = true,
): Promise<{ success: boolean; words: string }> {
  const { DENORT_BIN, ...rest } = Deno.env.toObject();
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    clearEnv: true,
    env: {
      ...rest,
      NO_COLOR: "1",
      ...(isHost && DENORT_BIN !== undefined ? { DENORT_BIN } : {}),
    },
  }).output();
  return { success, words: new TextDecoder().decode(stderr) };
}

await main();
