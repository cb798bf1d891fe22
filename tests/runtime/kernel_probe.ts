/**
 * Tries, with every Deno permission, what the kernel's part of the jail must refuse, and prints
 * what became of each act: "done", or the error. Run by kernel_jail_test.ts, in the jail and out of
 * it. Arguments: a folder with a file `secret`, a socket `socket`, a TCP port, an abstract name.
 */
const [folder = "", port = "", abstract_name = ""] = Deno.args;
const parent = Deno.ppid;

const libc = Deno.dlopen("libc.so.6", {
  syscall: { parameters: ["i64", "i64", "i64", "i64", "i64", "i64"], result: "i64" },
  __errno_location: { parameters: [], result: "pointer" },
});
const x86 = Deno.build.arch === "x86_64";
const address = (bytes: Uint8Array<ArrayBuffer>) =>
  Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));

/** A raw system call, by its numbers on x86-64 and aarch64. Throws its errno. */
function call(numbers: [number, number], ...args: (number | bigint)[]): number {
  const [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n] = args.map(BigInt);
  const result = libc.symbols.syscall(BigInt(numbers[x86 ? 0 : 1]), a, b, c, d, e);
  if (result >= 0n) return Number(result);
  const errno = libc.symbols.__errno_location();
  throw new Error(`errno ${errno === null ? "?" : new Deno.UnsafePointerView(errno).getInt32()}`);
}

const SOCKET: [number, number] = [41, 198];
const AF_UNIX = 1;
const AF_INET = 2;
const AF_NETLINK = 16;
const SOCK_DGRAM = 2;

const page = new Uint8Array(new ArrayBuffer(4096));
/** union bpf_attr of BPF_MAP_CREATE: an array of one entry, keys and values of four bytes. */
const bpfMap = new Uint8Array(new Uint32Array([2, 4, 4, 1, ...new Array(28).fill(0)]).buffer);
const tmpfs = new TextEncoder().encode("tmpfs\0");
const acts: Record<string, () => unknown> = {
  "read a file": () => Deno.readTextFileSync(`${folder}/secret`),
  "read a system file": () => Deno.readTextFileSync("/etc/passwd"),
  "list a folder": () => Deno.readDirSync(folder).next().value,
  "write a file": () => Deno.writeTextFileSync(`${folder}/new`, ""),
  "make a folder": () => Deno.mkdirSync(`${folder}/made-${crypto.randomUUID()}`),
  "remove a file": () => {
    Deno.writeTextFileSync(`${folder}/gone`, "");
    Deno.removeSync(`${folder}/gone`);
  },
  "change a file's mode": () => Deno.chmodSync(`${folder}/secret`, 0o600),
  "read its parent's environment": () => Deno.readFileSync(`/proc/${parent}/environ`),
  "read its own environment": () => Deno.readFileSync("/proc/self/environ"),
  "write its own memory": () => Deno.openSync("/proc/self/mem", { write: true }),
  "read the kernel's log": () => Deno.openSync("/dev/kmsg"),
  "connect by TCP": () => Deno.connect({ port: Number(port) }),
  "listen by TCP": () => Deno.listen({ port: 0 }),
  "connect a unix socket": () => Deno.connect({ transport: "unix", path: `${folder}/socket` }),
  "connect an abstract socket": () =>
    Deno.connect({ transport: "unix", path: `\0${abstract_name}` }),
  "open a UDP socket": () => call(SOCKET, AF_INET, SOCK_DGRAM, 0),
  "open a netlink socket": () => call(SOCKET, AF_NETLINK, SOCK_DGRAM, 0),
  "open a pair of datagram sockets": () =>
    call([53, 199], AF_UNIX, SOCK_DGRAM, 0, address(new Uint8Array(new ArrayBuffer(8)))),
  "start a program": () => new Deno.Command("true").outputSync(),
  "signal its parent": () => Deno.kill(parent, "SIGCONT"),
  "signal its parent's thread": () => call([234, 131], parent, parent, 0),
  "trace its parent": () => call([101, 117], 0x4206, parent, 0, 0),
  "open its parent as a descriptor": () => call([434, 434], parent, 0),
  "outlive its parent": () => call([157, 167], 1, 0),
  "raise its parent's limits": () => call([302, 261], parent, 7, 0, address(page)),
  "make a namespace": () => call([272, 97], 0x4000000),
  "open a file system": () => call([430, 430], address(tmpfs), 0),
  "set up an io_uring": () => call([425, 425], 1, address(page.fill(0))),
  "make a key ring": () => call([250, 219], 1, 0),
  "make a BPF map": () => call([321, 280], 0, address(bpfMap), bpfMap.length),
  "watch files": () => call([294, 26], 0),
  "see page faults": () => call([323, 282], 1),
};

const results: Record<string, string> = {};
for (const [name, act] of Object.entries(acts)) {
  try {
    await act();
    results[name] = "done";
  } catch (error) {
    results[name] = String(error);
  }
}
console.log(JSON.stringify(results));
Deno.exit(0);
