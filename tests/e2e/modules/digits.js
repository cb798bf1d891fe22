/**
 * Learns to read digits: two layers of convolution and a dense one, by Adam. Inputs: images (float32
 * [n, side, side]) and labels (bytes 0 to 9), of which the last `tested` only measure. The digits that
 * it reads the tested ones as are the output.
 */
export default async ({ jax, inputs, args, progress, output }) => {
  const { numpy: np, nn, lax, random, jit, valueAndGrad } = jax;
  const { side, tested, steps, batch, learning_rate } = args;
  const pixels = new Float32Array(inputs.get("images").slice().buffer);
  const labels = inputs.get("labels");
  const trained = labels.length - tested;
  const size = side * side;
  const images = (from, to) =>
    np.array(pixels.slice(from * size, to * size)).reshape([to - from, 1, side, side]);
  const classes = (from, to) =>
    nn.oneHot(np.array([...labels.subarray(from, to)]).astype(np.int32), 10);

  const flat = 32 * (((side - 1) >> 1) - 1 >> 1) ** 2;
  const shapes = [[16, 1, 3, 3], [16, 1, 1], [32, 16, 3, 3], [32, 1, 1], [flat, 10], [10]];
  const keys = random.split(random.key(5), shapes.length);
  let weights = shapes.map((shape, i) => {
    const fan_in = shape.length === 4 ? shape[1] * 9 : shape.length === 2 ? shape[0] : 0;
    return fan_in === 0
      ? np.zeros(shape)
      : random.normal(keys.ref.slice(i), shape).mul(Math.sqrt(2 / fan_in));
  });
  const zeros = () => shapes.map((shape) => np.zeros(shape));
  let [mean, square] = [zeros(), zeros()];

  const logits = ([k1, b1, k2, b2, w, b], x) => {
    const first = nn.relu(lax.conv(x, k1, [2, 2], "VALID").add(b1));
    const second = nn.relu(lax.conv(first, k2, [2, 2], "VALID").add(b2));
    return np.dot(second.reshape([-1, flat]), w).add(b);
  };
  const gradient = valueAndGrad((weights, x, y) =>
    np.mean(np.sum(nn.logSoftmax(logits(weights, x)).mul(y), 1)).mul(-1)
  );
  const step = jit((weights, mean, square, rate, x, y) => {
    const [loss, slope] = gradient(weights.map((w) => w.ref), x, y);
    const means = mean.map((m, i) => m.mul(0.9).add(slope[i].ref.mul(0.1)));
    const squares = square.map((v, i) => v.mul(0.999).add(np.square(slope[i]).mul(0.001)));
    const next = weights.map((w, i) =>
      w.sub(means[i].ref.mul(rate.ref).div(np.sqrt(squares[i].ref).add(1e-8)))
    );
    rate.dispose();
    return [loss, next, means, squares];
  });
  const batches = [];
  for (let at = 0; at + batch <= trained; at += batch) {
    batches.push([images(at, at + batch), classes(at, at + batch)]);
  }
  for (let done = 1; done <= steps; done++) {
    const [x, y] = batches[done % batches.length];
    const rate = learning_rate * Math.sqrt(1 - 0.999 ** done) / (1 - 0.9 ** done);
    let loss;
    [loss, weights, mean, square] = step(weights, mean, square, np.array([rate]), x.ref, y.ref);
    if (done % 20 === 0) progress(done / steps, { loss: (await loss.data())[0] });
    else loss.dispose();
  }
  const read = np.argmax(logits(weights, images(trained, labels.length)), 1);
  output("read", Uint8Array.from(await read.data()));
};
