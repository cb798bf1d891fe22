import source from "./bench_flops.wgsl" with { type: "text" };

/** How the arithmetic kernel is written; every choice does the same operations. */
export interface FlopsChoice {
  readonly workgroup: 64 | 128 | 256;
  /** Independent chains of 4 lanes: more hide latency, fewer leave registers to other workgroups. */
  readonly chains: 4 | 8 | 12;
  /** `fused`: the built-in fma; `separate`: x·s + t, which a driver may fuse. */
  readonly form: "fused" | "separate";
}

/** What is tried, beginning with the first of each. */
export const FLOPS_CHOICES = {
  workgroup: [64, 128, 256],
  chains: [8, 4, 12],
  form: ["fused", "separate"],
} as const satisfies { [Part in keyof FlopsChoice]: readonly FlopsChoice[Part][] };

/** Steps of each chain in one turn of the loop, so that the loop itself weighs little. */
const UNROLLED = 4;
const LANES = 4;
/** A multiplication and an addition. */
const FLOPS = 2;

/** Operations of one invocation in one turn of the loop. */
export function flopsPerTurn({ chains }: FlopsChoice): number {
  return UNROLLED * chains * LANES * FLOPS;
}

/** The WGSL text of the arithmetic kernel, in single or half precision. */
export function flopsKernel(choice: FlopsChoice, precision: "f32" | "f16"): string {
  const { workgroup, chains, form } = choice;
  const names = Array.from({ length: chains }, (_, i) => `x${i}`);
  const start = names.map((name, i) => `var ${name} = start + real(${i / 16});`);
  const step = names.map((name) =>
    form === "fused"
      ? `${name} = fma(${name}, scale, shift);`
      : `${name} = ${name} * scale + shift;`
  );
  const steps = Array.from({ length: UNROLLED }, () => step).flat();
  const head = [
    ...(precision === "f16" ? ["enable f16;"] : []),
    `alias real = ${precision};`,
    `const WORKGROUP = ${workgroup}u;`,
  ];
  return head.join("\n") + "\n" + source
    .replace("//@start", start.join("\n  "))
    .replace("//@step", steps.join("\n    "))
    .replace("/*@sum*/", names.join(" + "));
}
