import { parseArgs } from "@std/cli/parse-args";
import type { Figure, Measured } from "./figure.ts";

/** Prints each figure of a group (or of all): `deno task bench [group] [--json] [--long]`. */
async function main(): Promise<void> {
  const args = parseArgs(Deno.args, { boolean: ["json", "long"], string: ["_"] });
  const group = args._[0] === undefined ? undefined : String(args._[0]);
  const json = args["json"] === true;
  let missed = 0;
  for (const figure of await figures(group)) {
    const measured = await figure.measure();
    if ("skipped" in measured) {
      report(json, { ...labels(figure), skipped: measured.skipped });
      continue;
    }
    const ok = keeps(figure, measured);
    if (ok === false) missed++;
    report(json, {
      ...labels(figure),
      ours: round(measured.ours),
      against: round(measured.against),
      unit: figure.unit,
      ratio: round(measured.ratio),
      aim: figure.aim === null ? null : `${figure.aim.op} ${figure.aim.value}`,
      ok,
      ...(measured.note === undefined ? {} : { note: measured.note }),
    });
  }
  Deno.exit(missed === 0 ? 0 : 1);
}

/** The figures of a group: one for each file in its folder, in the order of their names. */
async function figures(group: string | undefined): Promise<Figure[]> {
  const found: Figure[] = [];
  const root = new URL(".", import.meta.url);
  for await (const folder of Deno.readDir(root)) {
    if (!folder.isDirectory || folder.name === "rivals") continue;
    if (group !== undefined && folder.name !== group) continue;
    for await (const file of Deno.readDir(new URL(`${folder.name}/`, root))) {
      if (!file.name.endsWith(".ts")) continue;
      const module: { figure?: Figure } = await import(`./${folder.name}/${file.name}`);
      if (module.figure !== undefined) found.push(module.figure);
    }
  }
  if (found.length === 0) {
    console.error(`No figures in group ${group}. Groups are the folders of bench/.`);
    Deno.exit(2);
  }
  return found.sort((a, b) => `${a.group} ${a.name}` < `${b.group} ${b.name}` ? -1 : 1);
}

const labels = (figure: Figure) => ({ group: figure.group, figure: figure.name });

function keeps(figure: Figure, measured: Measured): boolean | null {
  if (figure.aim === null) return null;
  return figure.aim.op === "<="
    ? measured.ratio <= figure.aim.value
    : measured.ratio >= figure.aim.value;
}

/** Four significant digits. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}

function report(json: boolean, row: Record<string, unknown>): void {
  if (json) {
    console.log(JSON.stringify(row));
    return;
  }
  console.log(`${row["group"]}: ${row["figure"]}`);
  if (row["skipped"] !== undefined) {
    console.log(`    skipped: ${row["skipped"]}`);
    return;
  }
  const aim = row["aim"] === null
    ? "(reported)"
    : `aim ${row["aim"]} ${row["ok"] === true ? "kept" : "MISSED"}`;
  console.log(
    `    ${row["ours"]} against ${row["against"]} ${row["unit"]}: ${row["ratio"]}  ${aim}`,
  );
  if (row["note"] !== undefined) console.log(`    ${row["note"]}`);
}

await main();
