import { assertEquals, assertThrows } from "@std/assert";
import * as z from "zod";
import { HorizonError } from "../../src/base/errors.ts";
import { validate } from "../../src/protocol/validate.ts";

function messageOf(schema: z.ZodType, value: unknown): string {
  return assertThrows(() => validate(schema, value, "It"), HorizonError).message;
}

Deno.test("what is wrong with a value is told in plain words", () => {
  assertEquals(
    messageOf(z.array(z.int()).max(2), [1, 2, 3]),
    "It: must have at most 2 items, not 3",
  );
  assertEquals(messageOf(z.string().max(3), "abcd"), "It: must have at most 3 characters, not 4");
  assertEquals(messageOf(z.string().min(1), ""), "It: must have at least 1 character, not 0");
  assertEquals(messageOf(z.int().min(1), 0), "It: must be at least 1");
  assertEquals(messageOf(z.number().lt(5), 5), "It: must be less than 5");
  assertEquals(messageOf(z.coerce.number(), "xx"), "It: must be a number");
  assertEquals(messageOf(z.int(), 0.5), "It: must be a whole number");
  assertEquals(messageOf(z.strictObject({ a: z.string() }), {}), "It, at a: is missing");
  assertEquals(messageOf(z.enum(["a", "b"]), "c"), 'It: must be one of "a", "b"');
  assertEquals(messageOf(z.literal("x"), "y"), 'It: must be "x"');
});

Deno.test("a schema's own words come first", () => {
  assertEquals(messageOf(z.string().regex(/^a$/, "the letter a"), "b"), "It: the letter a");
  assertEquals(
    messageOf(z.strictObject({ price: z.int() }), { prize: 1 }),
    'It: Unrecognized key: "prize". Did you mean "price"?',
  );
});
