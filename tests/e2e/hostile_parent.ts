import { runJailed } from "../../src/provider/jail.ts";
import { binary, LIMITS } from "./hostile_payload.ts";

/** A provider with one endless job, for a test that kills it: prints the job's process id. */
const source = `export default ({ log }) => { log(String(Deno.pid)); for (;;); }`;
await runJailed({
  program: { kind: "module", module: { source, args: null } },
  inputs: new Map(),
  outputs: [],
  limits: LIMITS,
}, { program: binary(), onLog: (line) => console.log(line) });
