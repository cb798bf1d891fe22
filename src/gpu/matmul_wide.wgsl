// C = A·B mod 2³² for software adapters: no shared memory and no barrier, which a CPU renderer pays
// dearly for, but a wide block of C a lane, kept in registers. An invocation owns 8 rows × 16 columns.
// All lanes of a workgroup work on the same rows, so A's words are loaded once for all of them.

struct Params {
  k: u32,
  n: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4<u32>>;

// 16 words next to each other.
struct Strip {
  x: vec4<u32>,
  y: vec4<u32>,
  z: vec4<u32>,
  w: vec4<u32>,
}

fn add_scaled(sum: Strip, scale: u32, strip: Strip) -> Strip {
  return Strip(
    sum.x + scale * strip.x,
    sum.y + scale * strip.y,
    sum.z + scale * strip.z,
    sum.w + scale * strip.w,
  );
}

fn store(row: u32, column: u32, strip: Strip) {
  let at = row * (params.n / 4u) + column;
  c[at] = strip.x;
  c[at + 1u] = strip.y;
  c[at + 2u] = strip.z;
  c[at + 3u] = strip.w;
}

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  let row = group.y * 8u;
  let column = (group.x * 32u + lane.x) * 4u;
  let width = params.n / 4u;
  var c0: Strip; var c1: Strip; var c2: Strip; var c3: Strip;
  var c4: Strip; var c5: Strip; var c6: Strip; var c7: Strip;
  for (var k = 0u; k < params.k; k++) {
    let at = k * width + column;
    let strip = Strip(b[at], b[at + 1u], b[at + 2u], b[at + 3u]);
    let from_a = row * params.k + k;
    c0 = add_scaled(c0, a[from_a], strip);
    c1 = add_scaled(c1, a[from_a + params.k], strip);
    c2 = add_scaled(c2, a[from_a + 2u * params.k], strip);
    c3 = add_scaled(c3, a[from_a + 3u * params.k], strip);
    c4 = add_scaled(c4, a[from_a + 4u * params.k], strip);
    c5 = add_scaled(c5, a[from_a + 5u * params.k], strip);
    c6 = add_scaled(c6, a[from_a + 6u * params.k], strip);
    c7 = add_scaled(c7, a[from_a + 7u * params.k], strip);
  }
  store(row, column, c0);
  store(row + 1u, column, c1);
  store(row + 2u, column, c2);
  store(row + 3u, column, c3);
  store(row + 4u, column, c4);
  store(row + 5u, column, c5);
  store(row + 6u, column, c6);
  store(row + 7u, column, c7);
}
