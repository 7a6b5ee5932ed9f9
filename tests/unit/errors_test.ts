import { assert, assertEquals } from "@std/assert";
import { err } from "../../src/command/errors.ts";

Deno.test("an error reply is made without a stack trace", () => {
  const error = err("syntax error");
  assertEquals(error.message, "ERR syntax error");
  assert(!("stack" in error));
});
