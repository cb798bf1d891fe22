import { runJailed } from "../../src/provider/jail.ts";
import { moduleJob } from "../provider/module_job.ts";
import { binary } from "./hostile_payload.ts";

/** A provider with one endless job, for a test that kills it: prints the job's process id. */
const endless = moduleJob(`export default ({ log }) => { log(String(Deno.pid)); for (;;); }`);
await runJailed(endless, { program: binary(), onLog: (line) => console.log(line) });
