/** Sends what the module prints to the log: stdout carries frames. */
export function consoleTo(log: (text: string) => void): void {
  const print = (...values: unknown[]) =>
    log(values.map((value) => typeof value === "string" ? value : Deno.inspect(value)).join(" "));
  for (const name of ["log", "info", "debug", "warn", "error"] as const) console[name] = print;
}
