import { assert, assertEquals, assertThrows } from "@std/assert";
import { HorizonError, messageOf } from "../../src/base/errors.ts";
import { decodeNpy, encodeNpy } from "../../src/base/npy.ts";
import { bytesOfElement, NPY_DTYPES, sizeOfShape } from "../../src/base/npy_header.ts";
import type { Random } from "../random.ts";
import { seeded } from "./seeded.ts";

const ROUNDS = 500;

Deno.test("what is written as .npy is read back", () => {
  const random = seeded("arrays");
  for (let round = 0; round < ROUNDS; round++) {
    const array = randomArray(random);
    const file = encodeNpy(array);
    assertEquals((file.length - array.data.length) % 64, 0);
    assertEquals(decodeNpy(file, "it"), array);
  }
});

Deno.test("a .npy file with bytes changed or cut is read or refused with a code", () => {
  const random = seeded("broken files");
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const file = encodeNpy(randomArray(random));
    const cut = random.below(2) === 0 ? file.slice(0, random.below(file.length)) : file;
    const header_bytes = Math.min(cut.length, 80);
    if (header_bytes > 0) cut[random.below(header_bytes)] = random.below(256);
    try {
      const { dtype, shape, data } = decodeNpy(cut, "it");
      assertEquals(data.length, sizeOfShape(shape) * bytesOfElement(dtype));
    } catch (error) {
      assert(error instanceof HorizonError && error.code === "invalid_job", messageOf(error));
      refused += 1;
    }
  }
  assert(refused > ROUNDS / 4, `${refused} refused`);
});

const refusals: readonly [header: string, data_bytes: number, said: string][] = [
  ["{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", 8, "big-endian"],
  ["{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", 8, "type |O"],
  ["{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", 24, "Fortran order"],
  ["{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 20, "takes 24"],
  ["{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 28, "takes 24"],
  ["{'descr': '<f4', 'fortran_order': False}", 0, "without a plain"],
  [
    "{'descr': '<f4', 'fortran_order': False, 'shape': (999999999, 999999999), }",
    0,
    "isn't whole",
  ],
];

for (const [header, data_bytes, said] of refusals) {
  Deno.test(`refused: ${said}: ${header}`, () => {
    assertThrows(() => decodeNpy(fileOf(1, header, data_bytes), "it"), HorizonError, said);
  });
}

Deno.test("version 2, other spacing and a byte with an order are read", () => {
  const header = `{ "shape":(2,3) ,"descr":"<u1","fortran_order":False}\n`;
  const { dtype, shape } = decodeNpy(fileOf(2, header, 6), "it");
  assertEquals({ dtype, shape }, { dtype: "uint8", shape: [2, 3] });
});

function fileOf(version: 1 | 2, header: string, data_bytes: number): Uint8Array<ArrayBuffer> {
  const start = version === 1 ? 10 : 12;
  const file = new Uint8Array(start + header.length + data_bytes);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(file.buffer);
  if (version === 1) view.setUint16(8, header.length, true);
  else view.setUint32(8, header.length, true);
  file.set(new TextEncoder().encode(header), start);
  return file;
}

function randomArray(random: Random) {
  const dtype = NPY_DTYPES[random.below(NPY_DTYPES.length)] ?? "float32";
  const shape = Array.from({ length: random.below(5) }, () => random.below(5));
  return { dtype, shape, data: random.bytes(sizeOfShape(shape) * bytesOfElement(dtype)) };
}
