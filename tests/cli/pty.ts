/** Types into a program at a real terminal, by util-linux's script(1). */
export interface Typing {
  /** A program and its arguments, without spaces or quotes in them. */
  command: readonly string[];
  env: Record<string, string>;
  /** What to type once the screen shows something. */
  steps: readonly { once: RegExp; type: string }[];
  /** Called at each step, before its text is typed. */
  onStep?: () => Promise<unknown>;
}

/** All that the terminal showed, and the exit code; null where there is no script(1) or no program. */
export async function typeInto(
  { command, env, steps, onStep }: Typing,
): Promise<{ shown: string; code: number } | null> {
  const [program = ""] = command;
  const { success } = await new Deno.Command("sh", {
    args: ["-c", `command -v ${program} && command -v script`],
    env,
    stdout: "null",
  }).output();
  if (!success) return null;
  const child = new Deno.Command("script", {
    args: ["-qec", command.join(" "), "/dev/null"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    env: { TERM: "xterm", ...env },
  }).spawn();
  const writer = child.stdin.getWriter();
  const left = [...steps];
  let shown = "";
  let from = 0;
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    shown += part;
    for (let step; (step = left[0]) !== undefined && step.once.test(shown.slice(from));) {
      from = shown.length;
      left.shift();
      await onStep?.();
      await writer.write(new TextEncoder().encode(step.type));
    }
  }
  const { code } = await child.status;
  await writer.close().catch(() => undefined);
  return { shown, code };
}
