import { assertEquals, assertThrows } from "@std/assert";
import { ChangeError, Config } from "../../src/config/config.ts";
import { ConfigError } from "../../src/config/kinds.ts";

Deno.test("the name of a directive that does not exist, or is of another kind, does not compile", () => {
  const config = new Config();
  // @ts-expect-error: there is no such directive.
  config.number("maxmemori");
  // @ts-expect-error: its value is one of several words.
  config.number("maxmemory-policy");
  // @ts-expect-error: its value is a number.
  config.flag("maxmemory");
  // @ts-expect-error: its value is yes or no.
  config.text("appendonly");
  // @ts-expect-error: no such word is among its choices.
  const isSometimes = config.text("appendfsync") === "sometimes";
  // @ts-expect-error: its value is a number, never a text.
  config.follow("timeout", (value: string) => value);
  assertEquals(isSometimes, false);
});

Deno.test("who follows a directive gets its value at once, and again when it changes", () => {
  const config = new Config();
  const seen: (boolean | number | string)[] = [];
  config.follow("maxmemory", (value) => seen.push(value));
  config.follow("appendonly", (value) => seen.push(value));
  config.follow("appendfsync", (value) => seen.push(value));
  assertEquals(seen, [0, false, "everysec"]);
  config.setAll([
    { name: "maxmemory", words: ["1kb"] },
    { name: "APPENDFSYNC", words: ["always"] },
  ], false);
  assertEquals(seen.slice(3), [1024, "always"]);
});

Deno.test("a change that one follower refuses changes nothing, and those told before are told the old value", () => {
  const config = new Config();
  const seen: number[] = [];
  config.follow("timeout", (value) => seen.push(value));
  config.follow("maxclients", (value) => {
    if (value > 20000) throw new ConfigError("too many");
  });
  const changes = [
    { name: "timeout", words: ["5"] },
    { name: "maxclients", words: ["30000"] },
  ];
  assertThrows(() => config.setAll(changes, false), ChangeError, "too many");
  assertEquals(seen, [0, 5, 0]);
  assertEquals([config.number("timeout"), config.number("maxclients")], [0, 10000]);
});
