import { assertEquals, assertThrows } from "@std/assert";
import { Arena } from "../../src/arena/arena.ts";
import "../support/strict_arena.ts";

Deno.test("in tests only a block that is in use can be freed, by its beginning", () => {
  const silence = (event: Event) => event.preventDefault();
  globalThis.addEventListener?.("error", silence);
  const arena = new Arena();
  const address = arena.allocate(16);
  assertThrows(() => arena.free(address + 1), RangeError, "no block begins there");
  arena.free(address);
  assertThrows(() => arena.free(address), RangeError, `Cannot free ${address}`);
  globalThis.removeEventListener?.("error", silence);
});

Deno.test("in tests memory grows now and then, and a view that was held is stale", () => {
  const arena = new Arena();
  const view = arena.u8[0];
  for (let i = 0; i < 2000; i++) arena.free(arena.allocate(16));
  assertEquals(view.length, 0);
});
