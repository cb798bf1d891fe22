import { assertEquals } from "@std/assert";

/**
 * What would make a replay differ from one machine, place or moment to another. `Math.sqrt` is not of
 * them: IEEE 754 rounds it in one way, and engines take the processor's.
 */
const IMPURE = [
  /\bDate\b/,
  /\bIntl\b/,
  /\btoLocale\w*/,
  /\blocaleCompare\b/,
  /\bMath\.(random|pow|exp|log\w*|cbrt|sin|cos|tan)\b/,
  /\*\*/,
  /\bcrypto\b/,
  /\bDeno\b/,
  /\bperformance\.now\b/,
  /\bset(Timeout|Interval)\b/,
  /\bfetch\(/,
  /\bawait\b/,
];

async function* sources(folder: URL): AsyncGenerator<URL> {
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isDirectory) yield* sources(new URL(`${entry.name}/`, folder));
    else yield new URL(entry.name, folder);
  }
}

Deno.test("the market uses no clock, no randomness, no locale, no input or output", async () => {
  const found: string[] = [];
  let files = 0;
  for await (const url of sources(new URL("../../src/market/", import.meta.url))) {
    files++;
    const code = (await Deno.readTextFile(url)).replace(/\/\*[^]*?\*\/|\/\/.*$/gm, "");
    for (const pattern of IMPURE) {
      const match = pattern.exec(code);
      if (match !== null) found.push(`${url.pathname.split("/").at(-1)}: ${match[0]}`);
    }
  }
  assertEquals(found, []);
  assertEquals(files > 20, true, "the sources were found");
});
