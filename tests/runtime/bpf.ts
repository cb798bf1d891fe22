import { INSTRUCTION_BYTES } from "../../src/runtime/bpf.ts";

/** A system call as a seccomp filter sees it. */
export interface Call {
  nr: number;
  arch: number;
  args?: readonly bigint[];
}

/** Interprets a classic BPF program as the kernel would: the plain reference for the filters. */
export function interpret(program: Uint8Array<ArrayBuffer>, { nr, arch, args = [] }: Call): number {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, nr, true);
  data.setUint32(4, arch, true);
  args.forEach((arg, i) => data.setBigUint64(16 + 8 * i, arg, true));
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  let accumulator = 0;
  for (let pc = 0; pc * INSTRUCTION_BYTES < program.length; pc++) {
    const at = pc * INSTRUCTION_BYTES;
    const k = code.getUint32(at + 4, true);
    const jump = (taken: boolean) => pc += code.getUint8(at + (taken ? 2 : 3));
    switch (code.getUint16(at, true)) {
      case 0x20: // BPF_LD | BPF_W | BPF_ABS
        accumulator = data.getUint32(k, true);
        break;
      case 0x54: // BPF_ALU | BPF_AND | BPF_K
        accumulator = (accumulator & k) >>> 0;
        break;
      case 0x15: // BPF_JMP | BPF_JEQ | BPF_K
        jump(accumulator === k);
        break;
      case 0x35: // BPF_JMP | BPF_JGE | BPF_K
        jump(accumulator >= k);
        break;
      case 0x06: // BPF_RET | BPF_K
        return k;
      default:
        throw new Error(`an opcode that the kernel refuses at ${pc}`);
    }
  }
  throw new Error("the program ends without an answer, which the kernel refuses");
}
