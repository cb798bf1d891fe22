// The matrix kernel of every textbook: 16×16 tiles in shared memory, one word of C an invocation.

struct Params {
  k: u32,
  n: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read_write> c: array<u32>;

var<workgroup> tile_a: array<array<u32, 16>, 16>;
var<workgroup> tile_b: array<array<u32, 16>, 16>;

@compute @workgroup_size(16, 16)
fn main(@builtin(global_invocation_id) at: vec3<u32>, @builtin(local_invocation_id) l: vec3<u32>) {
  var sum = 0u;
  for (var first_k = 0u; first_k < params.k; first_k += 16u) {
    tile_a[l.y][l.x] = a[at.y * params.k + first_k + l.x];
    tile_b[l.y][l.x] = b[(first_k + l.y) * params.n + at.x];
    workgroupBarrier();
    for (var k = 0u; k < 16u; k++) {
      sum += tile_a[l.y][k] * tile_b[k][l.x];
    }
    workgroupBarrier();
  }
  c[at.y * params.n + at.x] = sum;
}
