// C = A·B mod 2³² for real GPUs: a workgroup of GRID × GRID computes a tile of C of 8·GRID rows and
// columns, each invocation 8×8 of it in registers, from tiles of A and B in shared memory (16 KiB, the
// default limit, where GRID is 16). The variant in front of this text defines GRID: 16, which reads
// least, or 8, of which more fit a small GPU.

struct Params {
  k: u32,
  n: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4<u32>>;

// Steps of k in a tile.
const DEPTH = 16u;
// A tile's rows or columns, and its columns in vectors.
const ROWS = 8u * GRID;
const WIDTH = 2u * GRID;
const VECTORS = 32u * GRID;

// A is kept transposed, [k][row], so that an invocation reads its 8 rows in one piece. Blocks of 8 rows
// change places by the quad of k they belong to: else the four quads of a row, which neighbouring
// invocations store, would share a bank.
var<workgroup> tile_a: array<u32, 128u * GRID>;
var<workgroup> tile_b: array<vec4<u32>, VECTORS>;

// As many vectors of each matrix.
fn load_tiles(group: vec2<u32>, invocation: u32, first_k: u32) {
  for (var i = invocation; i < VECTORS; i += GRID * GRID) {
    let row = i / 4u;
    let quad = i % 4u;
    let words = a[((group.y * ROWS + row) * params.k + first_k) / 4u + quad];
    let to = quad * 4u * ROWS + (row ^ (quad * 8u));
    tile_a[to] = words.x;
    tile_a[to + ROWS] = words.y;
    tile_a[to + 2u * ROWS] = words.z;
    tile_a[to + 3u * ROWS] = words.w;
    tile_b[i] = b[((first_k + i / WIDTH) * params.n) / 4u + group.x * WIDTH + i % WIDTH];
  }
}

// A row of the invocation's block: 4 columns at its place, and 4 columns half a tile further right.
// Halves apart, so that neighbouring invocations read neighbouring words of shared memory.
struct Strip {
  left: vec4<u32>,
  right: vec4<u32>,
}

fn add_scaled(sum: Strip, scale: u32, strip: Strip) -> Strip {
  return Strip(sum.left + scale * strip.left, sum.right + scale * strip.right);
}

fn store(row: u32, column: u32, strip: Strip) {
  let at = row * (params.n / 4u) + column;
  c[at] = strip.left;
  c[at + GRID] = strip.right;
}

@compute @workgroup_size(GRID, GRID)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  var c0: Strip; var c1: Strip; var c2: Strip; var c3: Strip;
  var c4: Strip; var c5: Strip; var c6: Strip; var c7: Strip;
  for (var first_k = 0u; first_k < params.k; first_k += DEPTH) {
    load_tiles(group.xy, invocation, first_k);
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let strip = Strip(tile_b[k * WIDTH + local.x], tile_b[k * WIDTH + local.x + GRID]);
      let from_a = k * ROWS + 8u * (local.y ^ (k / 4u));
      c0 = add_scaled(c0, tile_a[from_a], strip);
      c1 = add_scaled(c1, tile_a[from_a + 1u], strip);
      c2 = add_scaled(c2, tile_a[from_a + 2u], strip);
      c3 = add_scaled(c3, tile_a[from_a + 3u], strip);
      c4 = add_scaled(c4, tile_a[from_a + 4u], strip);
      c5 = add_scaled(c5, tile_a[from_a + 5u], strip);
      c6 = add_scaled(c6, tile_a[from_a + 6u], strip);
      c7 = add_scaled(c7, tile_a[from_a + 7u], strip);
    }
    workgroupBarrier();
  }
  let row = group.y * ROWS + local.y * 8u;
  let column = group.x * WIDTH + local.x;
  store(row, column, c0);
  store(row + 1u, column, c1);
  store(row + 2u, column, c2);
  store(row + 3u, column, c3);
  store(row + 4u, column, c4);
  store(row + 5u, column, c5);
  store(row + 6u, column, c6);
  store(row + 7u, column, c7);
}
