// SHA-256 of rows of words and of pairs of hashes: see proof/merkle.ts. A message is one prefix word
// and `row_words` words (a multiple of 16), so each block starts with the last word of the block
// before it. Hashes are stored as their bytes, that is, with each word's bytes swapped.

struct Params {
  rows: u32,
  row_words: u32,
  // Where the input rows start, in words of 16 bytes, and where the hashes go, in hashes.
  input_start: u32,
  output_start: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> tree: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> matrix: array<vec4<u32>>;

const LEAF_PREFIX = 0u;
const NODE_PREFIX = 1u;
const END_MARK = 0x80000000u;

const INITIAL = array<u32, 8>(
  0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au,
  0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u,
);

const K = array<u32, 64>(
  0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u, 0xab1c5ed5u,
  0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu, 0x9bdc06a7u, 0xc19bf174u,
  0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu, 0x2de92c6fu, 0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau,
  0x983e5152u, 0xa831c66du, 0xb00327c8u, 0xbf597fc7u, 0xc6e00bf3u, 0xd5a79147u, 0x06ca6351u, 0x14292967u,
  0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu, 0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u,
  0xa2bfe8a1u, 0xa81a664bu, 0xc24b8b70u, 0xc76c51a3u, 0xd192e819u, 0xd6990624u, 0xf40e3585u, 0x106aa070u,
  0x19a4c116u, 0x1e376c08u, 0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu, 0x682e6ff3u,
  0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u, 0x90befffau, 0xa4506cebu, 0xbef9a3f7u, 0xc67178f2u,
);

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
    h = step_e(h, e, f, g, K[t] + w0); d += h; h += step_a(a, b, c);
    g = step_e(g, d, e, f, K[t + 1u] + w1); c += g; g += step_a(h, a, b);
    f = step_e(f, c, d, e, K[t + 2u] + w2); b += f; f += step_a(g, h, a);
    e = step_e(e, b, c, d, K[t + 3u] + w3); a += e; e += step_a(f, g, h);
    d = step_e(d, a, b, c, K[t + 4u] + w4); h += d; d += step_a(e, f, g);
    c = step_e(c, h, a, b, K[t + 5u] + w5); g += c; c += step_a(d, e, f);
    b = step_e(b, g, h, a, K[t + 6u] + w6); f += b; b += step_a(c, d, e);
    a = step_e(a, f, g, h, K[t + 7u] + w7); e += a; a += step_a(b, c, d);
    h = step_e(h, e, f, g, K[t + 8u] + w8); d += h; h += step_a(a, b, c);
    g = step_e(g, d, e, f, K[t + 9u] + w9); c += g; g += step_a(h, a, b);
    f = step_e(f, c, d, e, K[t + 10u] + w10); b += f; f += step_a(g, h, a);
    e = step_e(e, b, c, d, K[t + 11u] + w11); a += e; e += step_a(f, g, h);
    d = step_e(d, a, b, c, K[t + 12u] + w12); h += d; d += step_a(e, f, g);
    c = step_e(c, h, a, b, K[t + 13u] + w13); g += c; c += step_a(d, e, f);
    b = step_e(b, g, h, a, K[t + 14u] + w14); f += b; b += step_a(c, d, e);
    a = step_e(a, f, g, h, K[t + 15u] + w15); e += a; a += step_a(b, c, d);
  }
  return State(state.low + vec4<u32>(a, b, c, d), state.high + vec4<u32>(e, f, g, h));
}

fn initial_state() -> State {
  return State(
    vec4<u32>(INITIAL[0], INITIAL[1], INITIAL[2], INITIAL[3]),
    vec4<u32>(INITIAL[4], INITIAL[5], INITIAL[6], INITIAL[7]),
  );
}

// A block of 16 words behind the word carried over; the 16th is carried on by the caller.
fn absorb(state: State, carried: u32, m0: vec4<u32>, m1: vec4<u32>, m2: vec4<u32>, m3: vec4<u32>) -> State {
  return compress(
    state,
    vec4<u32>(carried, m0.xyz),
    vec4<u32>(m0.w, m1.xyz),
    vec4<u32>(m1.w, m2.xyz),
    vec4<u32>(m2.w, m3.xyz),
  );
}

fn finish(state: State, carried: u32, message_words: u32, hash: u32) {
  let zero = vec4<u32>();
  let length = vec4<u32>(0u, 0u, 0u, 32u * message_words);
  let end = compress(state, vec4<u32>(carried, END_MARK, 0u, 0u), zero, zero, length);
  tree[2u * hash] = swap_bytes(end.low);
  tree[2u * hash + 1u] = swap_bytes(end.high);
}

// Leaves: the hash of each row of the matrix.
@compute @workgroup_size(64)
fn hash_rows(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.rows) {
    return;
  }
  let quads = params.row_words / 4u;
  let start = params.input_start + id.x * quads;
  var state = initial_state();
  var carried = LEAF_PREFIX;
  for (var q = 0u; q < quads; q += 4u) {
    let m3 = swap_bytes(matrix[start + q + 3u]);
    state = absorb(
      state,
      carried,
      swap_bytes(matrix[start + q]),
      swap_bytes(matrix[start + q + 1u]),
      swap_bytes(matrix[start + q + 2u]),
      m3,
    );
    carried = m3.w;
  }
  finish(state, carried, params.row_words + 1u, params.output_start + id.x);
}

// One level of the tree: the hash of each pair of the hashes below, in the same buffer.
@compute @workgroup_size(64)
fn hash_pairs(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.rows) {
    return;
  }
  let start = params.input_start + 4u * id.x;
  let m3 = swap_bytes(tree[start + 3u]);
  let state = absorb(
    initial_state(),
    NODE_PREFIX,
    swap_bytes(tree[start]),
    swap_bytes(tree[start + 1u]),
    swap_bytes(tree[start + 2u]),
    m3,
  );
  finish(state, m3.w, 17u, params.output_start + id.x);
}
