import { TextLineStream } from "@std/streams/text-line-stream";
import { runCli } from "../src/cli/cli.ts";

/**
 * Runs `horizon backup` for each line of its standard input, the path of the file to make, in a process
 * that has started already. The argument is the data folder; it prints each exit code, and first "{}".
 */
const [folder = ""] = Deno.args;
const main_url = new URL("../src/main.ts", import.meta.url).href;
console.log("{}");
const paths = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream());
for await (const path of paths) {
  console.log(await runCli(["backup", path, "--data", folder], { main_url }));
}
Deno.exit(0);
