import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import type { Json } from "../../src/base/json.ts";
import { Explorer } from "../../src/cli/explore/explorer.ts";
import { rowsOf } from "../../src/cli/explore/tree.ts";
import { pick } from "../../src/cli/json_path.ts";
import { fit, widthOf } from "../../src/cli/screen/fit.ts";
import { keysIn } from "../../src/cli/screen/keys.ts";
import { picture, type Scene, type Size } from "../../src/cli/screen/screen.ts";
import { MarketScreen } from "../../src/cli/top/market_view.ts";
import { gpuView } from "../registry/views.ts";
import { Random } from "../random.ts";
import { Person } from "./person.ts";

const HOSTILE = "\u001b[2J漢字漢字\u202Egpj.exe\u0007e\u0301👩‍💻\nשלום";
const shown = { vram_gb: 24, price_micros_per_hour: 300_000, available: true, class: "RTX 3090" };
const GPU: Json = JSON.parse(
  JSON.stringify(gpuView({ gpu_id: "rig-1", gpu_type: HOSTILE, ...shown })),
);
const SIZE: Size = { columns: 60, rows: 12 };

function explorer(read: () => Promise<Json> = () => Promise.resolve(GPU)): Explorer {
  return new Explorer("horizon explore rig-1", GPU, read);
}

function press(scene: Scene, keys: readonly string[], size = SIZE): void {
  for (const key of keys) scene.press(key, size);
}

function textOf(scene: Scene, size = SIZE): string {
  return scene.lines(size).map(({ text }) => text).join("\n");
}

/** The marked row below the title. */
function cursorOf(scene: Scene): string | undefined {
  return scene.lines(SIZE).slice(1).find(({ marked }) => marked)?.text.trim();
}

Deno.test("whatever is pressed at whatever size, a picture fits its terminal and has no foreign escape", () => {
  const random = Random.fresh();
  console.log(`seed ${random.seed}`);
  const keys = [
    ..."jkhlgGnNyc/ sx",
    "up",
    "down",
    "left",
    "right",
    "page-up",
    "page-down",
    "enter",
  ];
  keys.push("tab", "escape", "backspace", "home", "end");
  const gpus = Array.from(
    { length: 30 },
    (_, i) => gpuView({ gpu_id: `rig-${i}`, gpu_type: HOSTILE, ...shown }),
  );
  const market = { gpus, homes: new Map(), jobs: [], auctions: [] };
  for (let run = 0; run < 40; run++) {
    const scenes = [explorer(), new MarketScreen("top", market, () => Promise.resolve(market))];
    for (const scene of scenes) {
      for (let step = 0; step < 60; step++) {
        const size = { columns: random.below(100), rows: random.below(40) };
        scene.press(keys[random.below(keys.length)] ?? "j", size);
        const drawn = picture(scene, size);
        // deno-lint-ignore no-control-regex -- our own escapes
        const lines = drawn.replace(/\x1b\[(?:H|K|J|7m|0m)/g, "").split("\r\n");
        assert(lines.length <= Math.max(1, size.rows), `${lines.length} of ${size.rows}`);
        for (const line of lines) {
          assert(!/[\p{Cc}\u202E]/u.test(line), JSON.stringify(line));
          assert(widthOf(line) <= size.columns, `${widthOf(line)} of ${size.columns}: ${line}`);
        }
      }
    }
  }
});

Deno.test("a text is cut by what it takes on the screen, whole characters only", () => {
  assertEquals(fit("漢字漢字", 5), "漢字…");
  assertEquals(fit("漢字", 4), "漢字");
  assertEquals(fit("e\u0301e\u0301e\u0301", 2), "e\u0301…");
  assertEquals([fit("abc", 0), fit("abc", 1), fit("", 5)], ["", "…", ""]);
  assertEquals(fit("a\u001b[31mb\nc", 20), "a·[31mb c");
});

Deno.test("keys are read from what terminals send, special ones by name", () => {
  assertEquals(keysIn("j\x1b[A\x1bOB/漢\r\x7f\x03"), [
    "j",
    "up",
    "down",
    "/",
    "漢",
    "enter",
    "backspace",
    "interrupt",
  ]);
  assertEquals(keysIn("\x1b[200~x\x01"), ["x"]);
  assertEquals(keysIn("\x1b"), ["escape"]);
});

Deno.test("the explorer opens and closes branches, and names each place by a path that a filter takes", () => {
  const scene = explorer();
  press(scene, ["/", ..."median", "enter"]);
  assertMatch(cursorOf(scene) ?? "", /^median {2}24000/);
  const copied = scene.press("y", SIZE);
  assertEquals(copied, { copy: "$.performance.fp32_gflops.median" });
  assertEquals(pick(GPU as object, "$.performance.fp32_gflops.median"), 24_000);
  press(scene, ["n"]);
  assertStringIncludes(textOf(scene), "$.performance.u32_gops.median");
  press(scene, ["left", "left"]);
  assertMatch(cursorOf(scene) ?? "", /^▸ u32_gops {2}\{3\}/);
  press(scene, ["right", "j"]);
  assertMatch(cursorOf(scene) ?? "", /^median/);
  press(scene, ["/", ..."nowhere", "enter"]);
  assertStringIncludes(textOf(scene), 'nothing has "nowhere"');
  for (const { path, text, isBranch } of rowsOf(GPU, new Set())) {
    if (!isBranch) assertEquals(JSON.stringify(pick(GPU as object, path)), text);
  }
});

Deno.test("values that change are marked, and a registry that is gone is told of until it is back", async () => {
  let next: () => Promise<Json> = () => Promise.reject(new Error("the cable is out"));
  const scene = explorer(() => next());
  await scene.refresh();
  assertStringIncludes(textOf(scene), "not live: the cable is out");
  next = () => Promise.resolve({ ...GPU as object, price_micros_per_hour: 310_000 } as Json);
  await scene.refresh();
  assertStringIncludes(textOf(scene), "price_micros_per_hour  310000  *");
  assert(!textOf(scene).includes("not live"));
});

Deno.test("top turns, sorts and filters", () => {
  const gpus = ["b", "a"].map((gpu_id, i) =>
    gpuView({ gpu_id, gpu_type: "RTX 3090", ...shown, price_micros_per_hour: 200_000 - i })
  );
  const market = { gpus, homes: new Map(), jobs: [], auctions: [] };
  const scene = new MarketScreen("top", market, () => Promise.resolve(market));
  const order = () => [...textOf(scene).matchAll(/^([ab]) /gm)].map(([, id]) => id).join("");
  assertEquals(order(), "ba");
  press(scene, ["s"]);
  assertEquals(order(), "ab");
  press(scene, ["/", "z", "enter"]);
  assertEquals(order(), "");
  press(scene, ["/", "escape", "tab"]);
  assertMatch(textOf(scene), /\[jobs\]/);
  assertEquals(scene.press("q", SIZE), "quit");
});

Deno.test("a JSONPath that names a record's places again and again is refused", () => {
  const error = assertThrows(
    () => pick(GPU as object, "$" + "..[*,*,*,*,*,*,*,*]".repeat(3)),
    HorizonError,
  );
  assertEquals(error.code, "invalid_filter");
  assertStringIncludes(error.message, "more than 10000 places");
});

Deno.test("without a terminal, and on a dumb one, top prints and ends", async () => {
  await using person = new Person();
  await person.json("init");
  for (const situation of [{}, { terminal: true, typed: [], env: { TERM: "dumb" } }]) {
    const { code, stdout } = await person.run(["top"], situation);
    assertEquals(code, 0);
    assertStringIncludes(stdout, "GPUs\nnone\n");
  }
  assertEquals(await person.json("top"), { gpus: [], jobs: [], auctions: [] });
});
