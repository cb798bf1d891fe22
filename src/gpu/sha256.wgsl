// SHA-256 of rows of words and of pairs of hashes: see proof/merkle.ts. A message is one prefix word
// and `row_words` words (a multiple of 16), so each block starts with the last word of the block
// before it. Hashes are stored as their bytes, that is, with each word's bytes swapped. The variant in
// front of this text defines WORKGROUP, the invocations of a workgroup.

struct Params {
  rows: u32,
  row_words: u32,
  // Where the input rows start, in words of 16 bytes, and where the hashes go, in hashes.
  input_start: u32,
  output_start: u32,
  // The message's first word: 0 for leaves, 1 for nodes.
  prefix: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> tree: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> matrix: array<vec4<u32>>;
// The 64 round constants. Not a `const` array: an index into one makes compilers unroll the rounds,
// which costs a software adapter seconds to compile and most of its speed.
@group(0) @binding(3) var<uniform> round_keys: array<vec4<u32>, 16>;

const NODE_PREFIX = 1u;
const END_MARK = 0x80000000u;

const INITIAL_LOW = vec4<u32>(0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au);
const INITIAL_HIGH = vec4<u32>(0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u);

fn rotate_right(x: u32, bits: u32) -> u32 {
  return (x >> bits) | (x << (32u - bits));
}

fn swap_bytes(x: vec4<u32>) -> vec4<u32> {
  let pairs = ((x & vec4<u32>(0x00ff00ffu)) << vec4<u32>(8u)) | ((x >> vec4<u32>(8u)) & vec4<u32>(0x00ff00ffu));
  return (pairs << vec4<u32>(16u)) | (pairs >> vec4<u32>(16u));
}

// One round's change of the state: h's new value, and what goes to d.
fn step_e(h: u32, e: u32, f: u32, g: u32, word: u32) -> u32 {
  let sum = rotate_right(e, 6u) ^ rotate_right(e, 11u) ^ rotate_right(e, 25u);
  return h + sum + ((e & f) ^ (~e & g)) + word;
}

fn step_a(a: u32, b: u32, c: u32) -> u32 {
  let sum = rotate_right(a, 2u) ^ rotate_right(a, 13u) ^ rotate_right(a, 22u);
  return sum + ((a & b) ^ (a & c) ^ (b & c));
}

// The message schedule: word t from the words t − 16, t − 15, t − 7 and t − 2.
fn extend(w16: u32, w15: u32, w7: u32, w2: u32) -> u32 {
  let low = rotate_right(w15, 7u) ^ rotate_right(w15, 18u) ^ (w15 >> 3u);
  let high = rotate_right(w2, 17u) ^ rotate_right(w2, 19u) ^ (w2 >> 10u);
  return w16 + low + w7 + high;
}

struct State {
  low: vec4<u32>,
  high: vec4<u32>,
}

// One block, whose 16 words come as four vectors. All names, no arrays: registers.
fn compress(state: State, m0: vec4<u32>, m1: vec4<u32>, m2: vec4<u32>, m3: vec4<u32>) -> State {
  var w0 = m0.x; var w1 = m0.y; var w2 = m0.z; var w3 = m0.w;
  var w4 = m1.x; var w5 = m1.y; var w6 = m1.z; var w7 = m1.w;
  var w8 = m2.x; var w9 = m2.y; var w10 = m2.z; var w11 = m2.w;
  var w12 = m3.x; var w13 = m3.y; var w14 = m3.z; var w15 = m3.w;
  var a = state.low.x; var b = state.low.y; var c = state.low.z; var d = state.low.w;
  var e = state.high.x; var f = state.high.y; var g = state.high.z; var h = state.high.w;
  for (var t = 0u; t < 64u; t += 16u) {
    if (t > 0u) {
      w0 = extend(w0, w1, w9, w14); w1 = extend(w1, w2, w10, w15);
      w2 = extend(w2, w3, w11, w0); w3 = extend(w3, w4, w12, w1);
      w4 = extend(w4, w5, w13, w2); w5 = extend(w5, w6, w14, w3);
      w6 = extend(w6, w7, w15, w4); w7 = extend(w7, w8, w0, w5);
      w8 = extend(w8, w9, w1, w6); w9 = extend(w9, w10, w2, w7);
      w10 = extend(w10, w11, w3, w8); w11 = extend(w11, w12, w4, w9);
      w12 = extend(w12, w13, w5, w10); w13 = extend(w13, w14, w6, w11);
      w14 = extend(w14, w15, w7, w12); w15 = extend(w15, w0, w8, w13);
    }
    h = step_e(h, e, f, g, round_keys[t / 4u].x + w0); d += h; h += step_a(a, b, c);
    g = step_e(g, d, e, f, round_keys[t / 4u].y + w1); c += g; g += step_a(h, a, b);
    f = step_e(f, c, d, e, round_keys[t / 4u].z + w2); b += f; f += step_a(g, h, a);
    e = step_e(e, b, c, d, round_keys[t / 4u].w + w3); a += e; e += step_a(f, g, h);
    d = step_e(d, a, b, c, round_keys[t / 4u + 1u].x + w4); h += d; d += step_a(e, f, g);
    c = step_e(c, h, a, b, round_keys[t / 4u + 1u].y + w5); g += c; c += step_a(d, e, f);
    b = step_e(b, g, h, a, round_keys[t / 4u + 1u].z + w6); f += b; b += step_a(c, d, e);
    a = step_e(a, f, g, h, round_keys[t / 4u + 1u].w + w7); e += a; a += step_a(b, c, d);
    h = step_e(h, e, f, g, round_keys[t / 4u + 2u].x + w8); d += h; h += step_a(a, b, c);
    g = step_e(g, d, e, f, round_keys[t / 4u + 2u].y + w9); c += g; g += step_a(h, a, b);
    f = step_e(f, c, d, e, round_keys[t / 4u + 2u].z + w10); b += f; f += step_a(g, h, a);
    e = step_e(e, b, c, d, round_keys[t / 4u + 2u].w + w11); a += e; e += step_a(f, g, h);
    d = step_e(d, a, b, c, round_keys[t / 4u + 3u].x + w12); h += d; d += step_a(e, f, g);
    c = step_e(c, h, a, b, round_keys[t / 4u + 3u].y + w13); g += c; c += step_a(d, e, f);
    b = step_e(b, g, h, a, round_keys[t / 4u + 3u].z + w14); f += b; b += step_a(c, d, e);
    a = step_e(a, f, g, h, round_keys[t / 4u + 3u].w + w15); e += a; a += step_a(b, c, d);
  }
  return State(state.low + vec4<u32>(a, b, c, d), state.high + vec4<u32>(e, f, g, h));
}

fn load(i: u32) -> vec4<u32> {
  if (params.prefix == NODE_PREFIX) {
    return swap_bytes(tree[i]);
  }
  return swap_bytes(matrix[i]);
}

// Each row of the input; the level below in the tree for nodes, C for leaves. One loop with one
// call of `compress`, since compilers inline it, and its 64 rounds are long.
@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(global_invocation_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let row = id.y * groups.x * WORKGROUP + id.x;
  if (row >= params.rows) {
    return;
  }
  let quads = params.row_words / 4u;
  let start = params.input_start + row * quads;
  var state = State(INITIAL_LOW, INITIAL_HIGH);
  var carried = params.prefix;
  for (var q = 0u; q <= quads; q += 4u) {
    var m0 = vec4<u32>(END_MARK, 0u, 0u, 0u);
    var m1 = vec4<u32>();
    var m2 = vec4<u32>();
    var m3 = vec4<u32>(0u, 0u, 32u * (params.row_words + 1u), 0u);
    if (q < quads) {
      m0 = load(start + q);
      m1 = load(start + q + 1u);
      m2 = load(start + q + 2u);
      m3 = load(start + q + 3u);
    }
    state = compress(
      state,
      vec4<u32>(carried, m0.xyz),
      vec4<u32>(m0.w, m1.xyz),
      vec4<u32>(m1.w, m2.xyz),
      vec4<u32>(m2.w, m3.xyz),
    );
    carried = m3.w;
  }
  let hash = 2u * (params.output_start + row);
  tree[hash] = swap_bytes(state.low);
  tree[hash + 1u] = swap_bytes(state.high);
}
