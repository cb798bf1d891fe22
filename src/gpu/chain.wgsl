// The ALU chain: see proof/chain.ts. An invocation runs WIDTH lanes next to each other, and 64 lanes
// are a leaf. The variant in front of this text defines WORKGROUP, WIDTH, `lane_words` (u32 or a
// vector of WIDTH of them) and OFFSETS, the lanes' distances from the invocation's first one.

struct Params {
  // The first four words of the key.
  key: vec4<u32>,
  // Which leaves: those from `first_leaf`, or, if `listed` is 1, those that `list` names.
  first_leaf: u32,
  leaves: u32,
  listed: u32,
  steps: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> list: array<u32>;
@group(0) @binding(2) var<storage, read_write> words: array<lane_words>;

const LANES_PER_LEAF = 64u;
const SPREAD = 0x9e3779b9u;
const PER_LEAF = LANES_PER_LEAF / WIDTH;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(global_invocation_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let i = id.y * groups.x * WORKGROUP + id.x;
  let place = i / PER_LEAF;
  if (place >= params.leaves) {
    return;
  }
  var leaf = params.first_leaf + place;
  if (params.listed == 1u) {
    leaf = list[place];
  }
  let lane = lane_words(leaf * LANES_PER_LEAF + i % PER_LEAF * WIDTH) + OFFSETS;
  var x = lane_words(params.key.x) ^ lane;
  var y = lane_words(params.key.y) + lane * SPREAD;
  for (var step = 0u; step < params.steps; step++) {
    x = x * (x | lane_words(1u)) + y;
    y ^= x >> lane_words(7u);
  }
  words[i] = x + (y ^ lane_words(params.key.z));
}
