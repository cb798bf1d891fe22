import { type JobOutcome, runJailed, type RunOptions } from "../../src/provider/jail.ts";
import { compiledProgram } from "../../src/provider/jail_program.ts";
import { type JailedJob, Run } from "../../src/provider/jail_run.ts";
import { moduleJob } from "../provider/module_job.ts";
import { BINARY } from "./binary.ts";

/** The compiled Horizon as the child. Throws if it isn't built. */
export function binary() {
  try {
    Deno.statSync(BINARY);
  } catch (cause) {
    throw new Error(`${BINARY} is missing: build it with "deno task compile"`, { cause });
  }
  return compiledProgram(BINARY);
}

/**
 * A module that tries something forbidden, the body of an async function of `ctx`, and logs what it
 * got ("GOT …") or what stopped it ("HELD …").
 */
export function attempt(body: string, args: unknown = null): JailedJob {
  return moduleJob(
    `export default async (ctx) => {
      const act = async () => {${body}};
      try { ctx.log("GOT " + JSON.stringify(await act())); }
      catch (error) { ctx.log("HELD " + error); }
    };`,
    { args },
  );
}

/** Runs a job in the jail of the compiled binary; its log comes along. */
export async function jailed(
  job: JailedJob,
  options: RunOptions = {},
): Promise<JobOutcome & { log: string[] }> {
  const log: string[] = [];
  const onLog = (line: string) => log.push(line);
  return { ...await runJailed(job, { onLog, ...options, program: binary() }), log };
}

/** The same job in the compiled binary with its permissions revoked, but no jail around it. */
export async function permissionsOnly(job: JailedJob): Promise<string[]> {
  const log: string[] = [];
  const onLog = (line: string) => log.push(line);
  await new Run(job, { program: binary(), onLog }, false).outcome();
  return log;
}

/** The same module with every permission and no jail, in a Deno of its own. */
export async function free(job: JailedJob): Promise<string[]> {
  if (job.program.kind !== "module") throw new TypeError("only modules run free");
  const { args } = job.program.module;
  const source = new TextDecoder().decode(job.payloads?.get("source"));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "-"],
    env: { HOSTILE_CANARY: CANARY },
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`
    const { default: run } = await import("data:text/javascript," + ${
    JSON.stringify(encodeURIComponent(source))
  });
    await run({ args: ${JSON.stringify(args)}, log: (text) => console.log(text) });
    Deno.exit(0);`));
  await writer.close();
  const { stdout } = await child.output();
  return new TextDecoder().decode(stdout).trim().split("\n");
}

/** What no job may ever see. */
export const CANARY = "canary-3f1c";
