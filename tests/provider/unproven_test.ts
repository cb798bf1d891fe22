import { assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { unproven } from "../../src/provider/unproven.ts";

Deno.test("a registry that goes away during a proof leaves word of how to go on", () => {
  const away = new HorizonError("network", "It can't be reached.", { fix: "Check the address." });
  const told = unproven(away, "rig-1");
  assertInstanceOf(told, HorizonError);
  assertEquals([told.code, told.message, told.cause], ["network", "It can't be reached.", away]);
  assertEquals(
    told.fix,
    "Check the address.\nrig-1 is registered and not proven yet: run register-gpu again when the " +
      "registry is back.",
  );
});

Deno.test("any other end of a proof stays as it is", () => {
  for (const other of [new HorizonError("gpu_lost", "It fell off."), new Error("x")]) {
    assertStrictEquals(unproven(other, "rig-1"), other);
  }
});
