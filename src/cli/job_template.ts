import jobText from "./templates/wgsl_job.yaml" with { type: "text" };
import shaderText from "./templates/wgsl_matrix.wgsl" with { type: "text" };
import { writeTemplateFolder } from "./template_folder.ts";

/** Rows and columns of the template's matrices; its shader and job file say the same. */
export const TEMPLATE_SIZE = 128;

const encoder = new TextEncoder();

/** Where `job new` puts what it writes. */
export const TEMPLATE_FILES = {
  job: "job.yaml",
  shader: "matrix.wgsl",
  a: "a.bin",
  b: "b.bin",
  expected: "expected.bin",
} as const;

/**
 * Writes a working example of a `wgsl` job into a folder: job file, shader, two input matrices and
 * the product that the job must give, however many passes it makes. Makes the folder; throws
 * `already_exists` instead of writing over a file.
 */
export async function writeWgslTemplate(folder: string, repeat = 1): Promise<void> {
  const a = exampleMatrix(1);
  const b = exampleMatrix(2);
  const contents = [
    [TEMPLATE_FILES.job, encoder.encode(jobText.replace("repeat: 1 ", `repeat: ${repeat} `))],
    [TEMPLATE_FILES.shader, encoder.encode(shaderText)],
    [TEMPLATE_FILES.a, littleEndian(a)],
    [TEMPLATE_FILES.b, littleEndian(b)],
    [TEMPLATE_FILES.expected, littleEndian(matrixProduct(a, b))],
  ] as const;
  await writeTemplateFolder(folder, contents);
}

/** The product of two square matrices of `TEMPLATE_SIZE`, mod 2³², on the CPU. */
export function matrixProduct(a: Uint32Array, b: Uint32Array): Uint32Array<ArrayBuffer> {
  const n = TEMPLATE_SIZE;
  const c = new Uint32Array(n * n);
  for (let row = 0; row < n; row++) {
    for (let i = 0; i < n; i++) {
      const factor = a[row * n + i] ?? 0;
      for (let column = 0; column < n; column++) {
        const at = row * n + column;
        c[at] = (c[at] ?? 0) + Math.imul(factor, b[i * n + column] ?? 0);
      }
    }
  }
  return c;
}

/** A matrix without structure, the same on every machine: a linear congruential generator. */
function exampleMatrix(seed: number): Uint32Array<ArrayBuffer> {
  const matrix = new Uint32Array(TEMPLATE_SIZE * TEMPLATE_SIZE);
  let x = seed;
  for (let i = 0; i < matrix.length; i++) {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
    matrix[i] = x;
  }
  return matrix;
}

/** The words as GPUs read them. */
function littleEndian(words: Uint32Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(4 * words.length));
  words.forEach((word, i) => view.setUint32(4 * i, word, true));
  return new Uint8Array(view.buffer);
}
