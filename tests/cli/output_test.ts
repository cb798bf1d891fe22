import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { confirm } from "../../src/cli/confirm.ts";
import { Context } from "../../src/cli/context.ts";
import type { Io } from "../../src/cli/io.ts";
import { Output } from "../../src/cli/output.ts";
import { printable } from "../../src/base/printable.ts";
import { Progress } from "../../src/cli/progress.ts";
import { facts, table } from "../../src/cli/table.ts";

/** An outside that keeps what is printed. */
function outside(options: { terminal: boolean; typed?: string; env?: Record<string, string> }) {
  const printed = { stdout: "", stderr: "" };
  const stop = new AbortController();
  const io: Io = {
    stdout: (text) => void (printed.stdout += text),
    stderr: (text) => void (printed.stderr += text),
    stdout_is_terminal: options.terminal,
    stderr_is_terminal: options.terminal,
    stdin_is_terminal: options.terminal,
    columns: () => 80,
    readLine: () =>
      options.typed === undefined
        ? Promise.withResolvers<string>().promise
        : Promise.resolve(options.typed),
    env: { get: (name) => options.env?.[name] },
    clock: { now: () => 0, monotonic: () => 0 },
    signal: stop.signal,
  };
  const out = new Output(io, false);
  const ctx = new Context({
    op: "test",
    io,
    out,
    main_url: "",
    registry: undefined,
    home: undefined,
  });
  return { printed, io, out, ctx, stop };
}

/** A table that nothing bounds. */
const PLAIN = { colour: false, width: null };
/** What a command line says that has answered nothing. */
const ASK = { yes: false, "dry-run": false };

Deno.test("control characters from elsewhere can't steer the terminal", () => {
  const hostile = "a\u001b[2Jb\r\u0007c\u202e\u2028d\u009b31m\nnext\ttab";
  assertEquals(printable(hostile), "a·[2Jb··c··d·31m\nnext\ttab");
  const shown = table([{ heading: "X" }], [[hostile]], PLAIN) + facts([["label", hostile]]);
  assert(!/[^\P{Cc}\n\t]|\p{Cf}/u.test(shown));
});

Deno.test("colours appear on a terminal only, and NO_COLOR takes them away", () => {
  assertEquals(outside({ terminal: true }).out.colour, true);
  assertEquals(outside({ terminal: false }).out.colour, false);
  assertEquals(outside({ terminal: true, env: { NO_COLOR: "1" } }).out.colour, false);
  assertEquals(outside({ terminal: true, env: { NO_COLOR: "" } }).out.colour, true);
  assertStringIncludes(table([{ heading: "X" }], [], { ...PLAIN, colour: true }), "\u001b[1m");
  assert(!table([{ heading: "X" }], [], PLAIN).includes("\u001b"));
});

Deno.test("columns align, numbers to the right", () => {
  const columns = [{ heading: "ID" }, { heading: "N", numeric: true }, { heading: "S" }] as const;
  const text = table(columns, [["a", "1", "x"], ["long", "1000", "ü"]], PLAIN);
  assertEquals(text, "ID       N  S\na        1  x\nlong  1000  ü\n");
});

Deno.test("progress rewrites one line on a terminal and prints news elsewhere", () => {
  const live = outside({ terminal: true });
  const onTerminal = new Progress(live.out);
  for (const text of ["1 %", "1 %", "2 %"]) onTerminal.update(text);
  onTerminal.done();
  assertEquals(live.printed.stderr, "\r\u001b[2K1 %\r\u001b[2K2 %\r\u001b[2K");
  const plain = outside({ terminal: false });
  const elsewhere = new Progress(plain.out);
  for (const text of ["1 %", "1 %", "2 %"]) elsewhere.update(text);
  elsewhere.done();
  assertEquals(plain.printed, { stdout: "", stderr: "1 %\n2 %\n" });
});

Deno.test("a plan is shown, and only a yes goes on", async () => {
  for (const typed of ["y", "Y", "yes", " y "]) {
    const { ctx, printed } = outside({ terminal: true, typed });
    await confirm(ctx, "Pay $1", ASK);
    assertStringIncludes(printed.stderr, "Pay $1");
    assertEquals(printed.stdout, "");
  }
  for (const typed of ["", "n", "no", "yeah, but", "j", "y n"]) {
    const { ctx } = outside({ terminal: true, typed });
    const error = await assertRejects(() => confirm(ctx, "Pay $1", ASK), HorizonError);
    assertEquals(error.code, "declined", typed);
  }
});

Deno.test("without a terminal nobody is asked: it takes --yes", async () => {
  const { ctx, printed } = outside({ terminal: false, typed: "y" });
  const error = await assertRejects(() => confirm(ctx, "Pay $1", ASK), HorizonError);
  assertEquals(error.code, "no_terminal");
  await confirm(ctx, "Pay $1", { ...ASK, yes: true });
  assertEquals(printed.stderr, "Pay $1\nPay $1\n");
});

Deno.test("an interruption answers the question with no", async () => {
  const { ctx, stop } = outside({ terminal: true });
  const asked = assertRejects(() => confirm(ctx, "Pay $1", ASK), HorizonError);
  stop.abort();
  assertEquals((await asked).code, "interrupted");
});

Deno.test("a table is never wider than its terminal, and says as much as fits", () => {
  const columns = [{ heading: "GPU" }, { heading: "TYPE" }, {
    heading: "PRICE/H",
    numeric: true,
  }] as const;
  const rows = [["rig-1", "a type with a very long name", "$0.30"], [
    "rig-2-with-a-name",
    "x",
    "$12.50",
  ]];
  const at = (width: number) =>
    table(columns, rows, { colour: false, width }).trimEnd().split("\n");
  assertEquals(at(200), table(columns, rows, PLAIN).trimEnd().split("\n"));
  assertEquals(at(40), [
    "GPU             TYPE             PRICE/H",
    "rig-1           a type with a …    $0.30",
    "rig-2-with-a-…  x                 $12.50",
  ]);
  assertEquals(at(24)[1], "rig-1       a type wi…");
  for (let width = 0; width < 80; width++) {
    for (const line of at(width)) {
      assert([...line].length <= Math.max(1, width), `${width}: ${line}`);
    }
  }
});
