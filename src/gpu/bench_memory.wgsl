// The memory of two buffers, 16 bytes of each an invocation and step: a copy from one to the other, or
// a read of both. In front of it stand WORKGROUP, COPIES, and BLOCKS: whether a workgroup takes a piece of
// its own, or all of them walk side by side.

struct Params {
  vectors: u32,
  invocations: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> other: array<vec4<u32>>;

// The vectors of an invocation: first, end, step.
fn walk(id: u32, group: u32, local: u32) -> vec3<u32> {
  if (!BLOCKS) {
    return vec3<u32>(id, params.vectors, params.invocations);
  }
  let block = params.vectors / (params.invocations / WORKGROUP);
  return vec3<u32>(group * block + local, (group + 1u) * block, WORKGROUP);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(global_invocation_id) id: vec3<u32>,
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let way = walk(id.x, group.x, local);
  if (COPIES) {
    for (var i = way.x; i < way.y; i += way.z) {
      other[i] = source[i];
    }
    return;
  }
  var sum = vec4<u32>(0u);
  for (var i = way.x; i < way.y; i += way.z) {
    sum ^= source[i] ^ (other[i] * 3u);
  }
  // Of random words never true; a compiler can't know, and so reads them all.
  if (all(sum == vec4<u32>(0x9e3779b9u))) {
    other[id.x] = sum;
  }
}
