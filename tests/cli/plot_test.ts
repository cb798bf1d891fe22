import { assert, assertEquals } from "@std/assert";
import { plot, type PlotPoint } from "../../src/cli/plot.ts";
import { Random } from "../random.ts";

const ENDS = ["0 %", "100 %"] as const;

/** A falling line of five points. */
const FALLING: PlotPoint[] = [0, 25, 50, 75, 100].map((x) => ({ x, y: 1 - x / 100 }));

Deno.test("a falling line, in dots and in ASCII", () => {
  const style = { columns: 14, rows: 3, ends: ENDS };
  assertEquals(
    plot(FALLING, { ...style, unicode: true }),
    [
      "1 │⠑⠢⢄",
      "  │   ⠉⠒⠤⢄⡀",
      "0 │       ⠈⠑⠢⢄",
      "  └───────────",
      "   0 %   100 %",
      "",
    ].join("\n"),
  );
  assertEquals(
    plot(FALLING, { ...style, unicode: false }),
    ["1 |**", "  |  *****", "0 |       ****", "  +-----------", "   0 %   100 %", ""].join("\n"),
  );
});

Deno.test("one value is a line in the middle, and no points are no chart", () => {
  const flat = FALLING.map(({ x }) => ({ x, y: 0.25 }));
  const style = { columns: 17, rows: 3, unicode: false, ends: ENDS };
  assertEquals(
    plot(flat, style),
    ["0.25 |", "     |***********", "0.25 |", "     +-----------", "      0 %   100 %", ""]
      .join("\n"),
  );
  assertEquals(plot([], style), "");
});

Deno.test("the largest numbers there are have their place", () => {
  const points = [
    { x: 0, y: Number.MAX_VALUE },
    { x: 1, y: -Number.MAX_VALUE },
    { x: 2, y: Number.MIN_VALUE },
  ];
  const lines = plot(points, { columns: 40, rows: 4, unicode: false, ends: ENDS }).split("\n");
  assert(lines[0]?.startsWith(" 1.798e+308"), lines[0]);
  assert(lines[3]?.startsWith("-1.798e+308"), lines[3]);
});

const random = Random.fresh();
Deno.test(`every chart is a frame with all that it says inside (seed ${random.seed})`, () => {
  for (let round = 0; round < 500; round++) {
    const points = Array.from({ length: 1 + random.below(80) }, () => ({
      x: random.below(1000) / 10,
      y: number(),
    })).toSorted((a, b) => a.x - b.x);
    const unicode = random.below(2) === 0;
    const [columns, rows] = [30 + random.below(90), 2 + random.below(20)];
    const lines = plot(points, { columns, rows, unicode, ends: ENDS }).split("\n");
    const context = JSON.stringify({ points, columns, rows });
    assertEquals(lines.length, rows + 3, context);
    const bar = lines[0]?.search(/[│|]/) ?? -1;
    assert(bar > 0, context);
    for (const line of lines.slice(0, rows)) {
      assert([...line].length <= columns, context);
      assertEquals(line.search(/[│|]/), bar, context);
      assert((unicode ? /^[ \u2801-\u28ff]*$/ : /^[ *]*$/).test(line.slice(bar + 1)), context);
    }
    assert([...lines[rows] ?? ""].length === columns, context);
    // The largest and the smallest value are drawn in the first and the last row.
    const isFlat = new Set(points.map(({ y }) => y)).size === 1;
    for (const row of isFlat ? [] : [0, rows - 1]) {
      assert((lines[row] ?? "").length > bar + 1, context);
    }
  }
});

function number(): number {
  const figure = (random.below(2001) - 1000) / 1000;
  return figure * 10 ** (random.below(20) - 10);
}
