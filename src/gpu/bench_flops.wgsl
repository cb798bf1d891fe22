// Multiply-adds in registers: independent chains of 4 lanes an invocation, so that latency is hidden.
// `flops_kernel.ts` writes the chains in the places of the marks, and puts WORKGROUP and the type
// `real` in front.

struct Params {
  iterations: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> output: array<vec4<f32>>;

// A number in [0, 1) of random bits; in half precision it may be rounded to 1.
fn fraction(bits: vec4<u32>) -> vec4<real> {
  return vec4<real>(vec4<f32>(bits >> vec4<u32>(8u)) / 16777216.0);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let seed = input[id.x % arrayLength(&input)];
  // x = x·scale + shift with scale in [0.5, 0.75] stays finite and never becomes denormal.
  let scale = fraction(seed.wzyx) * real(0.25) + real(0.5);
  let shift = fraction(seed.yxwz) + real(0.1);
  let start = fraction(seed);
  //@start
  for (var i = 0u; i < params.iterations; i++) {
    //@step
  }
  output[id.x] = vec4<f32>(/*@sum*/);
}
