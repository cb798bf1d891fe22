/**
 * What one unit of a GPU does in one clock, by architecture. A unit is what its maker counts: an SM,
 * a CU, an Xe core, a core. The rates are those of the instructions that our kernels become, so a
 * genuine card measures somewhat less.
 */
export interface Architecture {
  readonly name: string;
  /** fp32 operations a unit and clock as its maker rates them: two a fused multiply-add. */
  readonly fp32_per_clock: number;
  /** u32 operations a unit and clock in `a·b + c` mod 2^32: two a multiply-add. */
  readonly u32_per_clock: number;
  /** Operations a unit and clock of the ALU chain, five a step: multiply, add, or, shift, xor. */
  readonly chain_per_clock: number;
  /** True if it shares the machine's memory, of which a system gives the GPU only a part. */
  readonly unified_memory: boolean;
  /** True where no maker's table gives the integer rates, so that they may be off by two. */
  readonly estimated: boolean;
  /** How both integer rates follow. */
  readonly why: string;
}

/**
 * Since Volta the multiply-add (IMAD) has one pipe of 64 lanes an SM, and what a step of the chain
 * does besides, or, shift and xor, has another: three instructions of 64 lanes bound a step to 3/64
 * clock, so 5 · 64/3 operations.
 */
const NVIDIA_WHY = "CUDA C++ Programming Guide, arithmetic throughput: 64 32-bit multiply-adds a " +
  "clock and SM; a chain step takes three further instructions of 64 a clock beside it (Nsight " +
  "Compute guide, pipelines FMA and ALU)";
const NVIDIA_CHAIN = 5 * 64 / 3;

/** A multiply-add takes 4 of a lane's clocks; or, shift and xor one each: 7 a step. */
const QUARTER_RATE = "a 32-bit multiply-add at a quarter of the rate (v_mad_u64_u32, " +
  "v_mul_lo_u32), the chain's or, shift and xor at the full one";

/** u32 and chain operations a clock of `lanes` that multiply at a quarter of their rate. */
function quarterRate(lanes: number): { u32_per_clock: number; chain_per_clock: number } {
  return { u32_per_clock: 2 * lanes / 4, chain_per_clock: 5 * lanes / 7 };
}

function nvidia(name: string, fp32_lanes: number): Architecture {
  return {
    name,
    fp32_per_clock: 2 * fp32_lanes,
    u32_per_clock: 128,
    chain_per_clock: NVIDIA_CHAIN,
    unified_memory: false,
    estimated: false,
    why: NVIDIA_WHY,
  };
}

/** `fp32_per_lane` is 4 where two instructions issue at once, which no integer multiply does. */
function amd(name: string, fp32_per_lane: 2 | 4, isa: string): Architecture {
  return {
    name,
    fp32_per_clock: 64 * fp32_per_lane,
    ...quarterRate(64),
    unified_memory: false,
    estimated: false,
    why: `${isa}: 64 lanes a CU; ${QUARTER_RATE}`,
  };
}

function intel(name: string): Architecture {
  return {
    name,
    fp32_per_clock: 256,
    ...quarterRate(128),
    unified_memory: false,
    estimated: true,
    why: "Estimate: 128 lanes an Xe core; Mesa's compiler makes a 32-bit multiply of two 32×16 " +
      "ones, an add and a shift, taken as four slots",
  };
}

/** Every architecture of the table of chips. */
export const ARCHITECTURES = {
  pascal: {
    name: "NVIDIA Pascal (GP10x)",
    fp32_per_clock: 256,
    u32_per_clock: 2 * 128 / 3,
    chain_per_clock: 5 * 128 / 6,
    unified_memory: false,
    estimated: true,
    why:
      "Estimate: the CUDA guide gives a 32-bit multiply as several instructions; they are three " +
      "XMAD of 128 lanes, and a chain step is six instructions with the or, shift and xor",
  },
  volta: nvidia("NVIDIA Volta", 64),
  turing: nvidia("NVIDIA Turing", 64),
  ampere_a100: nvidia("NVIDIA Ampere (GA100)", 64),
  ampere: nvidia("NVIDIA Ampere (GA10x)", 128),
  ada: nvidia("NVIDIA Ada Lovelace", 128),
  hopper: nvidia("NVIDIA Hopper", 128),
  blackwell_b200: { ...nvidia("NVIDIA Blackwell (GB100)", 128), estimated: true },
  blackwell: {
    ...nvidia("NVIDIA Blackwell (GB20x)", 128),
    chain_per_clock: 5 * 128 / 4,
    estimated: true,
    why: "RTX Blackwell white paper: integer instructions run on all 128 lanes of an SM, but " +
      "multiplies on 64 (measured by Chips and Cheese); a chain step's four instructions are taken " +
      "to be bound by issue alone",
  },
  rdna: amd("AMD RDNA", 2, "RDNA ISA guide"),
  rdna2: amd("AMD RDNA 2", 2, "RDNA 2 ISA guide"),
  rdna3: amd("AMD RDNA 3", 4, "RDNA 3 ISA guide"),
  rdna4: amd("AMD RDNA 4", 4, "RDNA 4 ISA guide"),
  cdna2: amd("AMD CDNA 2", 2, "CDNA 2 ISA guide"),
  cdna3: amd("AMD CDNA 3", 4, "CDNA 3 ISA guide"),
  xe_hpg: intel("Intel Xe-HPG"),
  xe2: intel("Intel Xe2"),
  apple: {
    name: "Apple GPU, families 7 to 9",
    fp32_per_clock: 256,
    u32_per_clock: 2 * 128 / 4,
    chain_per_clock: 5 * 128 / 8,
    unified_memory: true,
    estimated: true,
    why:
      "Estimate after philipturner/metal-benchmarks: 128 lanes a core; 32-bit multiply-add and " +
      "shift take four clocks each in one pipe",
  },
} as const satisfies Record<string, Architecture>;

/** The name of an architecture in the table of chips. */
export type ArchitectureId = keyof typeof ARCHITECTURES;

/** The architecture of that name. */
export function architectureOf(id: ArchitectureId): Architecture {
  return ARCHITECTURES[id];
}
