import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { compiledProgram } from "../../src/provider/jail_program.ts";
import { type JailedJob, runJailed } from "../../src/provider/jail.ts";
import { twoSpirals, writeTrainTemplate } from "../../src/cli/train_template.ts";
import { moduleJob } from "../provider/module_job.ts";
import { Random } from "../random.ts";
import { BINARY } from "./binary.ts";

/** Trainings in the jail of the compiled binary, on this machine's adapter. */
const LIMITS = { time_s: 300, memory_mb: 2048, vram_mb: 512, output_mb: 1, checkpoint_mb: 1 };

async function train(job: JailedJob) {
  const program = compiledProgram(BINARY);
  const figures: Readonly<Record<string, number>>[] = [];
  const onProgress = (_done: number, _total: number, metrics = {}) => figures.push(metrics);
  const outcome = await runJailed(job, { program, onProgress });
  assertEquals([outcome.reason, outcome.message], ["done", ""]);
  return { ...outcome, figures };
}

Deno.test("the example of a training tells two spirals apart, in one point of a hundred at most not", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeTrainTemplate(folder);
    const source = await Deno.readTextFile(`${folder}/train.js`);
    const inputs = new Map<string, Uint8Array<ArrayBuffer>>();
    for (const name of ["x", "y"]) inputs.set(name, await Deno.readFile(`${folder}/${name}.npy`));
    const { outputs, figures } = await train(moduleJob(source, {
      // What the job file says, but fewer steps.
      args: { steps: 300, hidden: 32, learning_rate: 0.01, seed: 1, report_every: 50 },
      inputs,
      outputs: ["weights.npy"],
      metrics: ["loss", "accuracy"],
      limits: LIMITS,
    }));
    assertGreaterOrEqual(figures.at(-1)?.["accuracy"] ?? 0, 0.99);
    // Its word is not enough: the weights that came are applied here, to points of another draw.
    const weights = outputs[0]?.bytes.slice(128).buffer;
    assert(weights !== undefined);
    assertGreaterOrEqual(accuracyOf(new Float32Array(weights), 32), 0.99);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Share of new points that the network of `train.js` puts on their own spiral, computed plainly. */
function accuracyOf(weights: Float32Array, hidden: number): number {
  const { points, classes } = twoSpirals(1000, 99);
  let at = 0;
  const take = (size: number) => weights.subarray(at, at += size);
  const layers = [[2, hidden], [hidden, hidden], [hidden, 1]].map(([from = 0, to = 0]) => ({
    to,
    w: take(from * to),
    b: take(to),
  }));
  const right = classes.filter((wanted, i) => {
    let values = [...points.subarray(2 * i, 2 * i + 2)];
    layers.forEach(({ to, w, b }, depth) => {
      const sums = Array.from(
        { length: to },
        (_, k) => values.reduce((sum, value, j) => sum + value * (w[j * to + k] ?? 0), b[k] ?? 0),
      );
      values = depth < 2 ? sums.map(Math.tanh) : sums;
    });
    return ((values[0] ?? 0) > 0 ? 1 : 0) === wanted;
  });
  return right.length / classes.length;
}

Deno.test("a convolutional network learns to read digits", async () => {
  const random = new Random(11);
  const { images, labels } = drawDigits(random, TRAINED + TESTED);
  const source = await Deno.readTextFile(new URL("./modules/digits.js", import.meta.url));
  const { outputs } = await train(moduleJob(source, {
    args: { side: SIDE, tested: TESTED, steps: 400, batch: 256, learning_rate: 0.01 },
    inputs: new Map([["images", new Uint8Array(images.buffer)], ["labels", labels]]),
    outputs: ["read"],
    metrics: ["loss"],
    limits: LIMITS,
  }));
  const read = outputs[0]?.bytes;
  const wanted = labels.subarray(TRAINED);
  assertEquals(read?.length, wanted.length);
  const right = wanted.filter((label, i) => read?.[i] === label).length;
  assertGreaterOrEqual(right / TESTED, 0.95);
});

const TRAINED = 4096, TESTED = 300, SIDE = 12;
/** Rows of a font of five by seven dots, a row of bits each, digit by digit. */
const FONT = [
  [14, 17, 19, 21, 25, 17, 14],
  [4, 12, 4, 4, 4, 4, 14],
  [14, 17, 1, 2, 4, 8, 31],
  [31, 2, 4, 2, 1, 17, 14],
  [2, 6, 10, 18, 31, 2, 2],
  [31, 16, 30, 1, 1, 17, 14],
  [6, 8, 16, 30, 17, 17, 14],
  [31, 1, 2, 4, 8, 8, 8],
  [14, 17, 17, 14, 17, 17, 14],
  [14, 17, 17, 15, 1, 2, 12],
];

/** Digits at random places, in random strength, under noise, some dots missing. */
function drawDigits(random: Random, count: number) {
  const share = () => random.below(1 << 20) / (1 << 20);
  const images = new Float32Array(count * SIDE * SIDE);
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    const image = images.subarray(n * SIDE * SIDE, (n + 1) * SIDE * SIDE);
    image.forEach((_, i) => image[i] = 0.5 * (share() - 0.5));
    const digit = labels[n] = random.below(10);
    const [left, top, strength] = [
      random.below(SIDE - 5),
      random.below(SIDE - 7),
      0.6 + 0.6 * share(),
    ];
    FONT[digit]?.forEach((bits, y) => {
      for (let x = 0; x < 5; x++) {
        const isSet = (bits >> (4 - x) & 1) === 1 && share() > 0.05;
        const at = (top + y) * SIDE + left + x;
        if (isSet) image[at] = (image[at] ?? 0) + strength;
      }
    });
  }
  return { images, labels };
}
