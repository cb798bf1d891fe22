/** A GPU that a listing may claim, and what a genuine one measures. */
export interface Chip {
  /** The class in listings and filters. */
  readonly id: string;
  readonly name: string;
  /** Other names, as owners and drivers write them; `type_names.ts` says how names compare. */
  readonly aliases: readonly string[];
  readonly vendor: "NVIDIA" | "AMD" | "Intel" | "Apple";
  readonly memory_gb: number;
  readonly fp32_gflops: number;
  readonly bandwidth_gb_per_s: number;
  /** Rated u32 multiply-add rate in G-operations a second (two a multiply-add). */
  readonly u32_peak_gops: number;
  /** True once a real card has measured within the window; until then the window is an estimate. */
  readonly confirmed: boolean;
  /** Where the figures come from, and how the u32 rate follows. */
  readonly source: string;
}

/** The share of its rated u32 rate that a genuine card measures, network and overhead included. */
const WINDOW_LOW = 0.15;
/** Above the rate there is Strassen's trick and a boost clock, and no more than that. */
const WINDOW_HIGH = 1.25;

/** The u32 G-operations a second that a genuine card of this chip measures. */
export function windowOf(chip: Chip): { min_gops: number; max_gops: number } {
  return {
    min_gops: Math.round(chip.u32_peak_gops * WINDOW_LOW),
    max_gops: Math.round(chip.u32_peak_gops * WINDOW_HIGH),
  };
}

const CUDA_GUIDE =
  "CUDA C++ Programming Guide, arithmetic throughput: 64 u32 multiply-adds/clock/SM";
const RDNA_ISA = "RDNA ISA guides: 32-bit integer multiply at a quarter of the rate, then an add";

/** The chips that a registry knows. */
export const CHIPS: readonly Chip[] = [
  {
    id: "rtx-3060",
    name: "NVIDIA GeForce RTX 3060",
    aliases: ["RTX 3060 12GB"],
    vendor: "NVIDIA",
    memory_gb: 12,
    fp32_gflops: 12_740,
    bandwidth_gb_per_s: 360,
    u32_peak_gops: 6370,
    confirmed: false,
    source: `NVIDIA product page (28 SM, 1.777 GHz); ${CUDA_GUIDE}`,
  },
  {
    id: "rtx-3090",
    name: "NVIDIA GeForce RTX 3090",
    aliases: [],
    vendor: "NVIDIA",
    memory_gb: 24,
    fp32_gflops: 35_580,
    bandwidth_gb_per_s: 936,
    u32_peak_gops: 17_790,
    confirmed: false,
    source: `NVIDIA GA102 whitepaper (82 SM, 1.695 GHz); ${CUDA_GUIDE}`,
  },
  {
    id: "rtx-4090",
    name: "NVIDIA GeForce RTX 4090",
    aliases: [],
    vendor: "NVIDIA",
    memory_gb: 24,
    fp32_gflops: 82_580,
    bandwidth_gb_per_s: 1008,
    u32_peak_gops: 41_290,
    confirmed: false,
    source: `NVIDIA Ada whitepaper (128 SM, 2.52 GHz); ${CUDA_GUIDE}`,
  },
  {
    id: "a100-80gb",
    name: "NVIDIA A100 80GB",
    aliases: ["A100-SXM4-80GB", "A100 80GB PCIe", "A100-PCIE-80GB"],
    vendor: "NVIDIA",
    memory_gb: 80,
    fp32_gflops: 19_490,
    bandwidth_gb_per_s: 2039,
    u32_peak_gops: 19_490,
    confirmed: false,
    source: `NVIDIA A100 datasheet (108 SM, 1.41 GHz); ${CUDA_GUIDE}`,
  },
  {
    id: "h200",
    name: "NVIDIA H200",
    aliases: ["H200 SXM", "H200 141GB"],
    vendor: "NVIDIA",
    memory_gb: 141,
    fp32_gflops: 66_910,
    bandwidth_gb_per_s: 4800,
    u32_peak_gops: 33_450,
    confirmed: false,
    source: `NVIDIA H200 datasheet (132 SM, 1.98 GHz); ${CUDA_GUIDE}`,
  },
  {
    id: "rx-6800-xt",
    name: "AMD Radeon RX 6800 XT",
    aliases: ["RX6800XT"],
    vendor: "AMD",
    memory_gb: 16,
    fp32_gflops: 20_740,
    bandwidth_gb_per_s: 512,
    u32_peak_gops: 4150,
    confirmed: false,
    source: `AMD product page (72 CU, 2.25 GHz); ${RDNA_ISA}`,
  },
  {
    id: "rx-7900-xtx",
    name: "AMD Radeon RX 7900 XTX",
    aliases: ["RX7900XTX"],
    vendor: "AMD",
    memory_gb: 24,
    fp32_gflops: 61_440,
    bandwidth_gb_per_s: 960,
    u32_peak_gops: 6140,
    confirmed: false,
    source: `AMD product page (96 CU, 2.5 GHz; no dual issue for integers); ${RDNA_ISA}`,
  },
  {
    id: "arc-a770",
    name: "Intel Arc A770",
    aliases: ["A770", "Arc A770 16GB"],
    vendor: "Intel",
    memory_gb: 16,
    fp32_gflops: 19_660,
    bandwidth_gb_per_s: 560,
    u32_peak_gops: 3930,
    confirmed: false,
    source: "Intel product page (512 XVE, 2.4 GHz); Xe-HPG 32-bit multiply taken at a quarter rate",
  },
  {
    id: "apple-m1",
    name: "Apple M1",
    aliases: ["M1"],
    vendor: "Apple",
    memory_gb: 16,
    fp32_gflops: 2610,
    bandwidth_gb_per_s: 68,
    u32_peak_gops: 520,
    confirmed: false,
    source: "Apple newsroom (8 cores, 2.6 TFLOP/s); 32-bit multiply taken at a quarter rate",
  },
  {
    id: "apple-m2-max",
    name: "Apple M2 Max",
    aliases: ["M2 Max"],
    vendor: "Apple",
    memory_gb: 96,
    fp32_gflops: 13_600,
    bandwidth_gb_per_s: 400,
    u32_peak_gops: 2720,
    confirmed: false,
    source: "Apple newsroom (38 cores, 13.6 TFLOP/s); 32-bit multiply taken at a quarter rate",
  },
];
