import { basename, dirname, extname, join } from "node:path";
import { HorizonError } from "../../base/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { bundleModule, findBundler } from "../bundler.ts";
import { defineCommand } from "../command.ts";

/** The first line of what was made, by which a later bundle knows that it may take its place. */
const MARK = "// Made by `horizon job bundle`; its source is elsewhere.\n";

export const command = defineCommand({
  name: "job bundle",
  summary: "Make one file of a module that is TypeScript or has several files",
  about:
    "A job runs one self-contained file of JavaScript. This makes it of the file and all that\n" +
    "it imports, with esbuild or Deno, whichever is on your PATH. It takes the place of an earlier\n" +
    "bundle, but of no other file.",
  args: { entry: { summary: "the module's main file, such as train.ts" } },
  flags: {
    out: {
      kind: "text",
      value: "<file>",
      summary: "what to write; the entry's name with .bundle.js unless given",
    },
  },
  examples: ["horizon job bundle train.ts", "horizon job bundle src/train.ts --out train.js"],
  local: true,
  async run(ctx, { args: { entry }, flags }) {
    await requireFile(entry);
    const name = basename(entry, extname(entry));
    const out = flags.out ?? join(dirname(entry), `${name}.bundle.js`);
    await requireOwn(out);
    const bundler = await findBundler(ctx.io.env);
    if (bundler === null) throw withoutBundler(entry, out);
    const folder = await Deno.makeTempDir({ prefix: "horizon-bundle-" });
    try {
      const made = join(folder, "bundle.js");
      await bundleModule(bundler, entry, made);
      const text = MARK + await Deno.readTextFile(made);
      const size_bytes = new TextEncoder().encode(text).length;
      requireSize(size_bytes);
      await Deno.writeTextFile(out, text);
      ctx.out.result(
        { file: out, size_bytes, bundler: bundler.name },
        `${out}  ${size_bytes} bytes\n`,
      );
      ctx.out.note(`In the job file: module: { source: ${basename(out)} }`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function requireFile(entry: string): Promise<void> {
  const found = await Deno.stat(entry).catch(() => null);
  if (found?.isFile !== true) throw new HorizonError("not_found", `There is no file ${entry}.`);
}

/** Throws `already_exists` for a file that is no bundle of ours. */
async function requireOwn(out: string): Promise<void> {
  let text;
  try {
    text = await Deno.readTextFile(out);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return;
    throw thrown;
  }
  if (text.startsWith(MARK)) return;
  throw new HorizonError("already_exists", `${out} is already there, and is no bundle.`, {
    fix: "Name another file with --out.",
  });
}

function withoutBundler(entry: string, out: string): HorizonError {
  return new HorizonError("not_found", "Neither esbuild nor deno is on your PATH.", {
    fix: `Install one, or run: npx -y esbuild ${entry} --bundle --format=esm --outfile=${out}`,
  });
}

function requireSize(size_bytes: number): void {
  if (size_bytes <= LIMITS.job_source_bytes) return;
  throw new HorizonError(
    "too_large",
    `The bundle has ${size_bytes} bytes; a module may have ${LIMITS.job_source_bytes}.`,
    { fix: "Leave out what the job is given: jax and ort come with the context." },
  );
}
