/**
 * Trains a classifier of two spirals on the GPU: a network of two hidden layers, by Adam.
 * Inputs: x.npy (points, float32 [n, 2]) and y.npy (classes 0 or 1, float32 [n]). Every fourth point
 * is kept out of the training and only measures it. Output: weights.npy, all weights in one row.
 */
export default async ({ jax, inputs, args, log, progress, checkpoint, resumed, output }) => {
  const { numpy: np, nn, random, jit, valueAndGrad } = jax;
  const { steps, hidden, learning_rate, seed, report_every } = args;
  const shapes = [[2, hidden], [hidden], [hidden, hidden], [hidden], [hidden, 1], [1]];
  const { train, test } = split(readNpy(inputs.get("x")), readNpy(inputs.get("y")), np);

  // In jax-js a function owns its arguments: `.ref` keeps an array that is used again.
  const logits = ([w1, b1, w2, b2, w3, b3], x) => {
    const first = np.tanh(np.dot(x, w1).add(b1));
    const second = np.tanh(np.dot(first, w2).add(b2));
    return np.dot(second, w3).add(b3).reshape([-1]);
  };
  const lossOf = (weights, x, y) => {
    const z = logits(weights, x);
    // Cross-entropy of a logit: softplus(z) - z * y.
    return np.mean(nn.softplus(z.ref).sub(z.mul(y)));
  };
  const gradient = valueAndGrad(lossOf);
  /** One step of Adam; `rate` holds its corrections for the first steps. */
  const step = jit((weights, mean, square, rate, x, y) => {
    const [loss, slope] = gradient(refs(weights), x, y);
    const means = mean.map((m, i) => m.mul(0.9).add(slope[i].ref.mul(0.1)));
    const squares = square.map((v, i) => v.mul(0.999).add(np.square(slope[i]).mul(0.001)));
    const next = means.map((m, i) => m.ref.mul(rate.ref).div(np.sqrt(squares[i].ref).add(1e-8)));
    rate.dispose();
    return [loss, tree(weights, next), means, squares];
  });
  const tree = (weights, moves) => weights.map((w, i) => w.sub(moves[i]));
  const accuracyOf = jit((weights, x, y) =>
    np.mean(np.equal(np.greater(logits(weights, x), 0), np.greater(y, 0.5)).astype(np.float32))
  );

  let state = resumed === null ? start() : restore(resumed);
  log(state.done === 0 ? "starting anew" : `going on after step ${state.done}`);
  while (state.done < steps) {
    const done = state.done + 1;
    const rate = learning_rate * Math.sqrt(1 - 0.999 ** done) / (1 - 0.9 ** done);
    const [loss, weights, mean, square] = step(
      state.weights,
      state.mean,
      state.square,
      np.array([rate]),
      train.x.ref,
      train.y.ref,
    );
    state = { done, weights, mean, square };
    if (done % report_every !== 0 && done !== steps) {
      loss.dispose();
      continue;
    }
    const [lossNow] = await loss.data();
    const [accuracy] = await accuracyOf(refs(state.weights), test.x.ref, test.y.ref).data();
    progress(done / steps, { loss: lossNow, accuracy });
    if (done < steps) await checkpoint(await save(state));
  }
  output("weights.npy", writeNpy(await flat(state.weights)));

  function start() {
    const keys = random.split(random.key(seed), shapes.length);
    const weights = shapes.map((shape, i) =>
      shape.length === 1
        ? np.zeros(shape)
        : random.normal(keys.ref.slice(i), shape).mul(Math.sqrt((i === 0 ? 9 : 1) / shape[0]))
    );
    const zeros = () => shapes.map((shape) => np.zeros(shape));
    return { done: 0, weights, mean: zeros(), square: zeros() };
  }
  async function save({ done, weights, mean, square }) {
    return Float32Array.of(done, ...await flat([...weights, ...mean, ...square]));
  }
  function restore(bytes) {
    const values = new Float32Array(bytes.slice().buffer);
    let at = 1;
    const take = () =>
      shapes.map((shape) => {
        const size = shape.reduce((a, b) => a * b, 1);
        at += size;
        return np.array(values.slice(at - size, at)).reshape(shape);
      });
    return { done: values[0], weights: take(), mean: take(), square: take() };
  }
};
function refs(arrays) {
  return arrays.map((array) => array.ref);
}
async function flat(arrays) {
  const parts = [];
  for (const array of arrays) parts.push(...await array.ref.data());
  return parts;
}
/** Every fourth point tests, the others train. */
function split(x, y, np) {
  const pick = (wanted) => {
    const at = [...y.keys()].filter((i) => (i % 4 === 3) === wanted);
    return {
      x: np.array(Float32Array.from(at.flatMap((i) => [x[2 * i], x[2 * i + 1]]))).reshape([-1, 2]),
      y: np.array(Float32Array.from(at.map((i) => y[i]))),
    };
  };
  return { train: pick(false), test: pick(true) };
}
/** The values of a float32 array in NumPy's file format, version 1. */
function readNpy(bytes) {
  const head = 10 + new DataView(bytes.buffer, bytes.byteOffset).getUint16(8, true);
  return new Float32Array(bytes.slice(head).buffer);
}
function writeNpy(values) {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${values.length},), }`;
  const head = text.padEnd(117) + "\n";
  const bytes = new Uint8Array(128 + 4 * values.length);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, 118, 0]);
  bytes.set(new TextEncoder().encode(head), 10);
  bytes.set(new Uint8Array(Float32Array.from(values).buffer), 128);
  return bytes;
}
