// Multiply-adds in registers: 8 chains of 4 lanes an invocation, so that latency is hidden. The
// half-precision form has f16 in the alias.

alias real = f32;

struct Params {
  iterations: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> output: array<vec4<f32>>;

// A number in [0, 1) of random bits.
fn fraction(bits: vec4<u32>) -> vec4<real> {
  return vec4<real>(vec4<f32>(bits >> vec4<u32>(8u)) / 16777216.0);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let seed = input[id.x % arrayLength(&input)];
  // x = x·scale + shift with scale in [0.5, 1) stays finite and never becomes denormal.
  let scale = fraction(seed.wzyx) * real(0.5) + real(0.5);
  let shift = fraction(seed.yxwz) + real(0.1);
  var x0 = fraction(seed);
  var x1 = x0.yzwx;
  var x2 = x0.zwxy;
  var x3 = x0.wxyz;
  var x4 = x0 + shift;
  var x5 = x1 + shift;
  var x6 = x2 + shift;
  var x7 = x3 + shift;
  for (var i = 0u; i < params.iterations; i++) {
    x0 = x0 * scale + shift;
    x1 = x1 * scale + shift;
    x2 = x2 * scale + shift;
    x3 = x3 * scale + shift;
    x4 = x4 * scale + shift;
    x5 = x5 * scale + shift;
    x6 = x6 * scale + shift;
    x7 = x7 * scale + shift;
  }
  output[id.x] = vec4<f32>(x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7);
}
