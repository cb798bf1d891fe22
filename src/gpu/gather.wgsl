// Copies scattered hashes of a tree next to each other: thousands of small copies would cost more than
// what they copy.

struct Params {
  count: u32,
  // Where they go, in hashes.
  output_start: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> indices: array<u32>;
@group(0) @binding(2) var<storage, read> tree: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> gathered: array<vec4<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.count) {
    return;
  }
  let from_hash = 2u * indices[id.x];
  let to_hash = 2u * (params.output_start + id.x);
  gathered[to_hash] = tree[from_hash];
  gathered[to_hash + 1u] = tree[from_hash + 1u];
}
