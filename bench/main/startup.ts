import { type Figure, median } from "../figure.ts";

const ROUNDS = 21;
const HORIZON = new URL("../../dist/horizon", import.meta.url).pathname;
const HELLO = new URL("../../dist/hello", import.meta.url).pathname;

/** Wall time of `horizon version` against a compiled hello world, both as whole processes. */
export const figure: Figure = {
  group: "main",
  name: "start-up of `horizon version` / a compiled hello world",
  unit: "ms",
  aim: { op: "<=", value: 1.25 },
  async measure() {
    if (!await exists(HORIZON)) {
      return { skipped: "dist/horizon is missing; run: deno task compile" };
    }
    const problem = await compileHello();
    if (problem !== null) return { skipped: problem };
    const ours: number[] = [];
    const against: number[] = [];
    for (let round = -2; round < ROUNDS; round++) {
      const a = await time(HORIZON, ["version"]);
      const b = await time(HELLO, []);
      if (round < 0) continue; // warm the page cache
      ours.push(a);
      against.push(b);
    }
    const [a, b] = [median(ours), median(against)];
    return { ours: a, against: b, ratio: a / b };
  },
};

async function time(path: string, args: string[]): Promise<number> {
  const start = performance.now();
  const { success } = await new Deno.Command(path, { args, stdout: "null", stderr: "null" })
    .output();
  if (!success) throw new Error(`${path} failed`);
  return performance.now() - start;
}

/** Compiles the rival with the Deno that runs the bench; null, or why it can't. */
async function compileHello(): Promise<string | null> {
  const source = new URL("../rivals/hello.ts", import.meta.url).pathname;
  const args = ["compile", "--no-check", "--no-code-cache", "-A", "-o", HELLO, source];
  const made = await new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "null" })
    .output();
  if (!made.success) {
    return "the hello world does not compile here: deno compile found no base runtime (DENORT_BIN)";
  }
  const run = await new Deno.Command(HELLO, { stdout: "piped", stderr: "null" }).output();
  return new TextDecoder().decode(run.stdout) === "hello\n"
    ? null
    : "the hello world does not start: this Deno and its base runtime differ in version";
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
