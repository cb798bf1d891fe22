// The ChaCha8 keystream, one block of 16 words an invocation: see proof/chacha8.ts.

struct Params {
  key_low: vec4<u32>,
  key_high: vec4<u32>,
  stream: u32,
  first_block: u32,
  blocks: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> words: array<vec4<u32>>;

const CONSTANTS = vec4<u32>(0x61707865u, 0x3320646eu, 0x79622d32u, 0x6b206574u);

fn rotate_left(x: vec4<u32>, bits: u32) -> vec4<u32> {
  return (x << vec4<u32>(bits)) | (x >> vec4<u32>(32u - bits));
}

@compute @workgroup_size(64)
fn main(
  @builtin(global_invocation_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= params.blocks) {
    return;
  }
  // The state as four rows; a quarter round acts on a column, so one line does four of them.
  let start_d = vec4<u32>(params.first_block + i, 0u, params.stream, 0u);
  var a = CONSTANTS;
  var b = params.key_low;
  var c = params.key_high;
  var d = start_d;
  for (var half = 0u; half < 8u; half++) {
    a += b; d = rotate_left(d ^ a, 16u);
    c += d; b = rotate_left(b ^ c, 12u);
    a += b; d = rotate_left(d ^ a, 8u);
    c += d; b = rotate_left(b ^ c, 7u);
    // Columns become diagonals, and after the odd rounds diagonals become columns again.
    if ((half & 1u) == 0u) {
      b = b.yzwx; c = c.zwxy; d = d.wxyz;
    } else {
      b = b.wxyz; c = c.zwxy; d = d.yzwx;
    }
  }
  words[4u * i] = a + CONSTANTS;
  words[4u * i + 1u] = b + params.key_low;
  words[4u * i + 2u] = c + params.key_high;
  words[4u * i + 3u] = d + start_d;
}
