// The memory sweep: the tag of each row of a block of C, see proof/sweep.ts. 64 lanes walk a row side
// by side, so that they read 1 KiB in one piece. The variant in front of this text defines ROWS, the
// rows of a workgroup.

struct Params {
  rows: u32,
  // Quads (vectors) in a row: a multiple of 128.
  quads: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<uniform> key: array<vec4<u32>, 2>;
@group(0) @binding(2) var<storage, read> matrix: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> tags: array<u32>;

const LANES = 64u;

fn absorb(acc: vec4<u32>, x: vec4<u32>) -> vec4<u32> {
  let sum = acc * (x | vec4<u32>(1u)) + x;
  return sum ^ (sum >> vec4<u32>(15u));
}

@compute @workgroup_size(LANES, ROWS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let row = (group.y * groups.x + group.x) * ROWS + local.y;
  if (row >= params.rows) {
    return;
  }
  let even = key[0];
  let odd = key[1];
  var acc = even ^ vec4<u32>(local.x);
  let end = (row + 1u) * params.quads;
  for (var at = row * params.quads + local.x; at < end; at += 2u * LANES) {
    let first = matrix[at];
    let second = matrix[at + LANES];
    acc = absorb(acc, first + even);
    acc = absorb(acc, second + odd);
  }
  let mixed = (acc.x ^ ((acc.y << 8u) | (acc.y >> 24u))) * (acc.z | 1u) + acc.w;
  tags[row * LANES + local.x] = mixed;
}
