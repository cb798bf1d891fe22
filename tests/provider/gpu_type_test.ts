import { assertEquals } from "@std/assert";
import type { AdapterDescription } from "../../src/gpu/adapter.ts";
import { adapterInfo } from "../../src/provider/adapter_info.ts";
import { readClaim } from "../../src/proof/claimed_type.ts";
import { claimOf } from "../../src/provider/gpu_type.ts";
import { AdapterInfo } from "../../src/protocol/gpu.ts";
import { GpuType } from "../../src/protocol/text.ts";

const RTX: AdapterDescription = {
  vendor: "4318",
  architecture: "",
  device: "8708",
  description: "NVIDIA GeForce RTX 3090",
  is_fallback: false,
  kind: "hardware",
  chip: "rtx-3090",
  memory_gb: 24,
};
const LLVMPIPE: AdapterDescription = {
  ...RTX,
  vendor: "65541",
  description: "llvmpipe (LLVM 15.0.6, 256 bits)",
  is_fallback: true,
  kind: "software",
  chip: null,
  memory_gb: null,
};

Deno.test("auto takes the chip's name and memory, or says software", () => {
  assertEquals(claimOf("auto", undefined, RTX), {
    gpu_type: "NVIDIA GeForce RTX 3090",
    vram_gb: 24,
  });
  assertEquals(claimOf("AUTO", undefined, LLVMPIPE), { gpu_type: "software", vram_gb: 0 });
});

Deno.test("auto claims no more memory than a card of that name surely offers", () => {
  const named = (description: string, chip: string) =>
    claimOf("auto", undefined, { ...RTX, description, chip }).vram_gb;
  // Sold with 8 or 16 GB; and a Mac of 8 GB that keeps a third for itself.
  assertEquals(named("NVIDIA GeForce RTX 4060 Ti", "rtx-4060-ti"), 8);
  assertEquals(named("Apple M1", "apple-m1"), 5);
});

Deno.test("auto leaves a card whose words name no chip to the figures", () => {
  const unnamed = { ...RTX, description: "AMD Radeon Graphics (RADV GFX1100)", chip: null };
  const { gpu_type, vram_gb } = claimOf("auto", undefined, unnamed);
  assertEquals([gpu_type, vram_gb], [unnamed.description, 0]);
  assertEquals(readClaim(gpu_type, unnamed), { kind: "auto" });
  assertEquals(readClaim("auto", unnamed), { kind: "auto" });
});

Deno.test("a given type and memory stand, whatever the adapter says", () => {
  assertEquals(claimOf("RTX 4090", 48, LLVMPIPE), { gpu_type: "RTX 4090", vram_gb: 48 });
  assertEquals(claimOf("RTX 4090", undefined, LLVMPIPE).vram_gb, 24);
});

Deno.test("a driver's strange words become what a record may hold", () => {
  const strange = { ...RTX, description: `GPU\u0000\u202e\n${"x".repeat(5000)}`, chip: null };
  AdapterInfo.parse(adapterInfo(strange));
  GpuType.parse(claimOf("auto", undefined, strange).gpu_type);
  assertEquals(claimOf("auto", undefined, { ...strange, description: "\u0007" }).gpu_type, "auto");
});
