import { encodeNpy } from "../base/npy.ts";
import jobText from "./templates/train_job.yaml" with { type: "text" };
import sourceText from "./templates/train.js" with { type: "text" };
import { writeTemplateFolder } from "./template_folder.ts";

/** Where `job new train` puts what it writes. */
export const TRAIN_TEMPLATE_FILES = {
  job: "job.yaml",
  source: "train.js",
  points: "x.npy",
  classes: "y.npy",
} as const;

const POINTS = 1024;
const SEED = 7;
/** How far the spirals wind, and how far a point may lie beside its own. */
const TURNS = 1.5;
const NOISE = 0.02;

/**
 * Writes a working example of a `module` job into a folder: job file, a module that trains, and its
 * data. Makes the folder; throws `already_exists` instead of writing over a file.
 */
export async function writeTrainTemplate(folder: string): Promise<void> {
  const { points, classes } = twoSpirals(POINTS, SEED);
  const encoder = new TextEncoder();
  await writeTemplateFolder(folder, [
    [TRAIN_TEMPLATE_FILES.job, encoder.encode(jobText)],
    [TRAIN_TEMPLATE_FILES.source, encoder.encode(sourceText)],
    [TRAIN_TEMPLATE_FILES.points, npyOf(points, [POINTS, 2])],
    [TRAIN_TEMPLATE_FILES.classes, npyOf(classes, [POINTS])],
  ]);
}

/** Points in the plane (x and y in turn) on two spirals within each other, and which each is on. */
export function twoSpirals(
  count: number,
  seed: number,
): { points: Float32Array<ArrayBuffer>; classes: Float32Array<ArrayBuffer> } {
  const points = new Float32Array(2 * count);
  const classes = new Float32Array(count);
  const random = uniform(seed);
  for (let i = 0; i < count; i++) {
    const spiral = i % 2;
    // The square root spreads points evenly along the spiral.
    const radius = Math.sqrt(random());
    const angle = 2 * Math.PI * TURNS * radius + Math.PI * spiral;
    points[2 * i] = radius * Math.cos(angle) + NOISE * (random() + random() - 1);
    points[2 * i + 1] = radius * Math.sin(angle) + NOISE * (random() + random() - 1);
    classes[i] = spiral;
  }
  return { points, classes };
}

/** Numbers from 0 to 1, the same on every machine: a linear congruential generator. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function npyOf(values: Float32Array<ArrayBuffer>, shape: number[]): Uint8Array {
  // Little-endian whatever the machine is.
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => view.setFloat32(4 * i, value, true));
  return encodeNpy({ dtype: "float32", shape, data: new Uint8Array(view.buffer) });
}
