import { assertEquals, assertThrows } from "@std/assert";
import { SeededRandom } from "../../src/lib/random.ts";
import { GrammarRequests } from "../support/request_grammar.ts";

/** So many requests of a grammar, as text. */
function made(count: number, requests: string, words: Record<string, string> = {}): string[] {
  const grammar = new GrammarRequests({ words, requests }, new SeededRandom(1));
  return Array.from({ length: count }, () => {
    const { mark, words } = grammar.next();
    return mark + words.map((word) => word || '""').join(" ");
  });
}

const kinds = (made: string[]) => [...new Set(made)].sort();

Deno.test("a grammar's numbers have both limits, and may be parts of words", () => {
  assertEquals(kinds(made(99, "GET <-1..1>")), ["GET -1", "GET 0", "GET 1"]);
  assertEquals(kinds(made(99, "GET (<1..2>")), ["GET (1", "GET (2"]);
});

Deno.test("a grammar's name stands for one of several words, some words, an empty word or none", () => {
  const words = { word: '| a b | ""' };
  assertEquals(kinds(made(99, "GET <word>", words)), ["GET", 'GET ""', "GET a b"]);
  assertEquals(kinds(made(99, "GET x<word>", words)), ["GET x", "GET xa b"]);
});

Deno.test("a grammar repeats words, and texts within a word", () => {
  const words = { word: "a | b" };
  assertEquals(kinds(made(99, "GET <word*1..2>", words)).length, 6);
  assertEquals(kinds(made(99, "GET <xy^1..2>")), ["GET xy", "GET xyxy"]);
  assertEquals(kinds(made(99, "GET <word^2..2>", words)), ["GET aa", "GET bb"]);
});

Deno.test("a grammar's later numbers grow", () => {
  const ids = made(99, "XADD <later>").map((request) => Number(request.slice(5)));
  assertEquals(ids, ids.toSorted((a, b) => a - b));
  assertEquals(new Set(ids).size, 99);
});

Deno.test("a line of a grammar may be rarer than others, and carries its mark", () => {
  const rare = made(1000, "GET\n~ 1/9 KEYS").filter((request) => request === "~KEYS").length;
  assertEquals(rare > 50 && rare < 200, true, `${rare} of 1000`);
});

Deno.test("a name that the grammar does not have is an error", () => {
  assertThrows(() => made(1, "GET <nosuch>"), Error, "The grammar has no word <nosuch>");
});
