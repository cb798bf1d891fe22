// C = A x B for square matrices of u32, row by row; sums wrap at 2^32.
const N = 128u;

@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read> b: array<u32>;
@group(0) @binding(2) var<storage, read_write> c: array<u32>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) at: vec3u) {
  if (at.x >= N || at.y >= N) {
    return;
  }
  var sum = 0u;
  for (var i = 0u; i < N; i++) {
    sum += a[at.y * N + i] * b[i * N + at.x];
  }
  c[at.y * N + at.x] = sum;
}
