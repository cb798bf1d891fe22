import { assert } from "@std/assert";
import { TUTORIALS } from "../../src/cli/tutorials.ts";
import { BINARY, Home } from "./binary.ts";

/** A command of a tutorial, and what it says will be printed. */
interface Step {
  command: string;
  expected: string[];
}

/** The commands in the `console` blocks, in order. */
function stepsOf(text: string): Step[] {
  const steps: Step[] = [];
  for (const [, block = ""] of text.matchAll(/^```console\n([^]*?)^```$/gm)) {
    for (const line of block.trimEnd().split("\n")) {
      if (line.startsWith("$ ")) steps.push({ command: line.slice(2), expected: [] });
      else steps.at(-1)?.expected.push(line);
    }
  }
  return steps;
}

/** A line of a tutorial as a pattern: "…" is anything, and spaces align what differs in length. */
function patternOf(line: string): RegExp {
  const parts = line.split("…").map((part) =>
    part.trim().split(/\s+/).map(RegExp.escape).join("\\s+")
  );
  return new RegExp(`^\\s*${parts.join(".*")}${line.endsWith("…") ? "" : "\\s*$"}`);
}

/** Throws unless the expected lines are among the printed ones, in their order. */
function checkPrinted({ command, expected }: Step, printed: readonly string[]): void {
  let from = 0;
  for (const line of expected.filter((line) => line !== "…")) {
    const at = printed.findIndex((one, i) => i >= from && patternOf(line).test(one));
    assert(at >= 0, `$ ${command}\n${printed.join("\n")}\n\nlacks, where it should be: ${line}`);
    from = at + 1;
  }
}

/** Whether a command goes on until it is ended. */
function goesOn(command: string): boolean {
  return /^horizon (serve|provide)\b(?!.*--print-unit)/.test(command);
}

/** Someone at a shell, who follows a tutorial. */
class Follower {
  readonly #home: Home;
  readonly #replaced: ReadonlyMap<string, string>;

  constructor(home: Home, replaced: ReadonlyMap<string, string>) {
    this.#home = home;
    this.#replaced = replaced;
  }

  /** Does each step of a tutorial. */
  async follow(t: Deno.TestContext, steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      await t.step(
        `$ ${step.command}`,
        () => goesOn(step.command) ? this.#start(step) : this.#run(step),
      );
    }
  }

  async #start({ command, expected }: Step): Promise<void> {
    const words = this.#filled(command).split(" ").slice(1);
    const running = this.#home.start(words);
    for (const line of expected) await running.line(patternOf(this.#filled(line)));
  }

  /** In a real shell, so that quotes and other programs are what they are to a reader. */
  async #run({ command, expected }: Step): Promise<void> {
    const { folder } = this.#home;
    await Deno.mkdir(`${folder}/bin`, { recursive: true });
    await Deno.symlink(BINARY, `${folder}/bin/horizon`).catch(() => undefined);
    const { code, stdout } = await new Deno.Command("sh", {
      args: ["-c", `exec 2>&1; ${this.#filled(command)}`],
      cwd: folder,
      clearEnv: true,
      env: {
        HORIZON_HOME: folder,
        HOME: folder,
        PATH: `${folder}/bin:/usr/local/bin:/usr/bin:/bin`,
        NO_COLOR: "1",
      },
      stdin: "null",
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert(code === 0, `$ ${command}\nended with ${code}:\n${text}`);
    const filled = expected.map((line) => this.#filled(line));
    checkPrinted({ command, expected: filled }, text.split("\n"));
  }

  /** A text with what stands for this test in place of what the tutorial can't know. */
  #filled(text: string): string {
    let filled = text;
    for (const [name, value] of this.#replaced) filled = filled.replaceAll(name, value);
    return filled;
  }
}

/** Two ports that are free now. */
function freePorts(): [number, number] {
  using a = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using b = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return [(a.addr as Deno.NetAddr).port, (b.addr as Deno.NetAddr).port];
}

Deno.test("the three tutorials do what they say, on the compiled binary", async (t) => {
  const [port, second] = freePorts();
  const url = `http://127.0.0.1:${port}`;
  const ports = new Map([
    ["horizon serve --allow-software", `horizon serve --port ${port} --allow-software`],
    ["127.0.0.1:8420", `127.0.0.1:${port}`],
    ["8421", String(second)],
  ]);
  const people = new Map([["https://registry.example", url]]);
  await using operator = new Home("operator");
  await using owner = new Home("owner");
  await using renter = new Home("renter");
  const leaves = (step: Step) => step.command.startsWith("horizon deregister-gpu");
  const owning = stepsOf(TUTORIALS.owner);
  await new Follower(operator, ports).follow(t, stepsOf(TUTORIALS.operator));
  await new Follower(owner, people).follow(t, owning.filter((step) => !leaves(step)));
  await renting(t, new Follower(renter, people), renter);
  await new Follower(owner, people).follow(t, owning.filter(leaves));
});

/** The owner's new price is another one than the renter's tutorial shows: it was done before. */
async function renting(t: Deno.TestContext, follower: Follower, renter: Home): Promise<void> {
  const steps = stepsOf(TUTORIALS.renter);
  const end = steps.findIndex(({ command }) => command.startsWith("horizon lease end"));
  await follower.follow(t, steps.slice(0, end).map(atNewPrice));
  const { leases } = await renter.json(["lease", "list"]);
  const [lease] = Array.isArray(leases) ? leases : [];
  const lease_id = String(lease?.lease_id);
  const rest = steps.slice(end).map(({ command, expected }) => ({
    command: command.replace("lease_12", lease_id),
    expected,
  }));
  await follower.follow(t, rest);
}

function atNewPrice({ command, expected }: Step): Step {
  return { command, expected: expected.map((line) => line.replaceAll("$0.30", "$0.25")) };
}
