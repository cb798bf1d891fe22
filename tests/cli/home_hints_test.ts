import { assertEquals } from "@std/assert";
import { HorizonError } from "../../src/base/errors.ts";
import { hintAtHome } from "../../src/cli/home_hints.ts";

/** A hint to someone who has named `rig-1@berlin`. */
function hint(fix: string): string | undefined {
  const error = new HorizonError("no_offer", "rig-1 is sold by auction_3.", { fix });
  const input = { args: { gpu_id: "rig-1" }, flags: {} };
  return hintAtHome(error, "berlin", input).fix;
}

Deno.test("a home's hints carry its name, once, and nothing else is touched", () => {
  const cases = [
    ["horizon rent rig-1 --duration 1", "horizon rent rig-1@berlin --duration 1"],
    ["horizon bid rig-1@berlin --price 1", "horizon bid rig-1@berlin --price 1"],
    ["horizon explore rig-10, my-rig-1, rig-1.b", "horizon explore rig-10, my-rig-1, rig-1.b"],
    ["See auction_31. Or bid_2, job_4.", "See auction_31@berlin. Or bid_2@berlin, job_4@berlin."],
    ["horizon bid list", "horizon bid list --home berlin"],
    ["horizon list-gpus --home paris", "horizon list-gpus --home paris"],
    ["horizon network status", "horizon network status"],
  ] as const;
  for (const [fix, wanted] of cases) assertEquals(hint(fix), wanted);
});

Deno.test("a refusal keeps its code, its facts and its cause", () => {
  const cause = new Error("why");
  const error = new HorizonError("no_offer", "rig-1 costs more.", { details: { n: 1 }, cause });
  const told = hintAtHome(error, "berlin", { args: { gpu_id: "rig-1" }, flags: {} });
  assertEquals(
    [told.code, told.message, told.fix, told.details, told.cause],
    ["no_offer", "rig-1@berlin costs more.", undefined, { n: 1 }, cause],
  );
});
