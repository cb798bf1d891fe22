// C = A·B mod 2³² for software adapters: no shared memory and no barrier, which a CPU renderer pays
// dearly for, but a wide block of C a lane, kept in registers. An invocation owns 8 rows × 16 columns.
// All lanes of a workgroup work on the same rows, so A's words are loaded once for all of them, and
// four steps of k at a time.

struct Params {
  k: u32,
  n: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<u32>>;
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

fn load(at: u32) -> Strip {
  return Strip(b[at], b[at + 1u], b[at + 2u], b[at + 3u]);
}

fn store(row: u32, column: u32, strip: Strip) {
  let at = row * (params.n / 4u) + column;
  c[at] = strip.x;
  c[at + 1u] = strip.y;
  c[at + 2u] = strip.z;
  c[at + 3u] = strip.w;
}

// The 8 rows of an invocation.
struct Block {
  r0: Strip,
  r1: Strip,
  r2: Strip,
  r3: Strip,
  r4: Strip,
  r5: Strip,
  r6: Strip,
  r7: Strip,
}

// One step of k: the rows' words of A, four and four, by a strip of B.
fn step(sum: Block, top: vec4<u32>, bottom: vec4<u32>, strip: Strip) -> Block {
  return Block(
    add_scaled(sum.r0, top.x, strip),
    add_scaled(sum.r1, top.y, strip),
    add_scaled(sum.r2, top.z, strip),
    add_scaled(sum.r3, top.w, strip),
    add_scaled(sum.r4, bottom.x, strip),
    add_scaled(sum.r5, bottom.y, strip),
    add_scaled(sum.r6, bottom.z, strip),
    add_scaled(sum.r7, bottom.w, strip),
  );
}

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  let row = group.y * 8u;
  let column = (group.x * 32u + lane.x) * 4u;
  let width = params.n / 4u;
  let depth = params.k / 4u;
  var sum: Block;
  for (var k = 0u; k < depth; k++) {
    let from_a = row * depth + k;
    let a0 = a[from_a];
    let a1 = a[from_a + depth];
    let a2 = a[from_a + 2u * depth];
    let a3 = a[from_a + 3u * depth];
    let a4 = a[from_a + 4u * depth];
    let a5 = a[from_a + 5u * depth];
    let a6 = a[from_a + 6u * depth];
    let a7 = a[from_a + 7u * depth];
    let at = 4u * k * width + column;
    sum = step(sum, vec4(a0.x, a1.x, a2.x, a3.x), vec4(a4.x, a5.x, a6.x, a7.x), load(at));
    sum = step(sum, vec4(a0.y, a1.y, a2.y, a3.y), vec4(a4.y, a5.y, a6.y, a7.y), load(at + width));
    sum = step(sum, vec4(a0.z, a1.z, a2.z, a3.z), vec4(a4.z, a5.z, a6.z, a7.z), load(at + 2u * width));
    sum = step(sum, vec4(a0.w, a1.w, a2.w, a3.w), vec4(a4.w, a5.w, a6.w, a7.w), load(at + 3u * width));
  }
  store(row, column, sum.r0);
  store(row + 1u, column, sum.r1);
  store(row + 2u, column, sum.r2);
  store(row + 3u, column, sum.r3);
  store(row + 4u, column, sum.r4);
  store(row + 5u, column, sum.r5);
  store(row + 6u, column, sum.r6);
  store(row + 7u, column, sum.r7);
}
