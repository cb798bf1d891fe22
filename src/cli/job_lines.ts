import type { LogLine } from "../protocol/api.ts";
import type { Output } from "./output.ts";
import type { Progress } from "./progress.ts";

/** Shows a line of a job's log on stderr: progress rewrites one line, the rest stays. */
export function showLine(out: Output, progress: Progress, line: LogLine): void {
  if (line.kind === "progress") {
    progress.update(`running: ${line.text}`);
    return;
  }
  progress.done();
  out.note(line.kind === "status" ? `[horizon] ${line.text}` : line.text);
}
