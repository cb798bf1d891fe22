const KIB_PER_MIB = 1024;
/** Written to a process's `clear_refs`, it begins its peak anew at what it holds now. */
const RESET_PEAK = "5";

/** The most memory that a process takes above what it held at first, as Linux tells it. */
export class Peak {
  readonly #pid: number;
  readonly #idle_mib: number;

  constructor(pid: number) {
    this.#pid = pid;
    Deno.writeTextFileSync(`/proc/${pid}/clear_refs`, RESET_PEAK);
    this.#idle_mib = this.#peakMib();
  }

  aboveIdleMib(): number {
    return this.#peakMib() - this.#idle_mib;
  }

  #peakMib(): number {
    const status = Deno.readTextFileSync(`/proc/${this.#pid}/status`);
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / KIB_PER_MIB;
  }
}
