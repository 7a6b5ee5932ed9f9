import { assertEquals } from "@std/assert";
import { commandSpecs } from "../../src/commands/mod.ts";
import { type Argument, parseSyntax } from "../../src/command/syntax.ts";
import { type Chance, property } from "../support/property.ts";

const TYPED = { key: "key", seconds: "integer", pattern: "pattern", value: "string" } as const;

/** A piece of syntax, and the argument that it means. */
type Piece = readonly [text: string, argument: Argument];

const plain = (chance: Chance): Piece => {
  const name = chance.pick(Object.keys(TYPED) as (keyof typeof TYPED)[]);
  return [name, { name, type: TYPED[name] }];
};

const token = (chance: Chance): Piece => {
  const word = chance.pick(["NX", "XX", "KEEPTTL"]);
  return [word, { name: word.toLowerCase(), type: "pure-token", token: word }];
};

const withToken = (chance: Chance): Piece => {
  const [text, argument] = plain(chance);
  return [`EX ${text}`, { ...argument, token: "EX" }];
};

/** Several arguments in a row, as a group holds them. */
function sequence(pieces: readonly Piece[]): Piece {
  if (pieces.length === 1) return pieces[0];
  const parts = pieces.map(([, argument]) => argument);
  const name = parts.map((part) => part.name).join("_");
  return [pieces.map(([text]) => text).join(" "), { name, type: "block", parts }];
}

/** Up to `count` pieces that mean behind one another what they mean alone. */
function row(chance: Chance, count: number, depth: number): Piece[] {
  const pieces: Piece[] = [];
  for (let left = count; left > 0; left--) {
    const next = piece(chance, depth);
    const last = pieces.at(-1)?.[1];
    // A word right behind a token would be its value.
    const isValue = last?.type === "pure-token" && /^[a-z]/.test(next[0]);
    // One in brackets that ends with a repetition could be that of what stands before it.
    const isRepetition = last !== undefined && /^\[.*\.\.\.\]{2,}$/.test(next[0]);
    if (!isValue && !isRepetition) pieces.push(next);
  }
  return pieces;
}

function piece(chance: Chance, depth: number): Piece {
  const leaf = () => chance.pick([plain, withToken])(chance);
  if (depth === 0) return leaf();
  const inner = () => sequence(row(chance, chance.between(1, 2), depth - 1));
  switch (chance.below(5)) {
    case 0: {
      const [text, argument] = inner();
      return [`[${text}]`, { ...argument, isOptional: true }];
    }
    case 1: {
      const options = [inner(), inner(), ...chance.list(1, inner)];
      const parts = options.map(([, argument]) => argument);
      const name = parts.map((part) => part.name).join("_").slice(0, 40);
      const text = options.map(([text]) => text).join(" | ");
      return chance.oneIn(2)
        ? [`[${text}]`, { name, type: "oneof", parts, isOptional: true }]
        : [`<${text}>`, { name, type: "oneof", parts }];
    }
    case 2: {
      const [text, argument] = plain(chance);
      return [`${text} [${text} ...]`, { ...argument, isMultiple: true }];
    }
    case 3:
      return token(chance);
    default:
      return leaf();
  }
}

property(
  "a syntax is read as the arguments that it was written from",
  { trials: 1500, size: 6 },
  (chance) => {
    const pieces = row(chance, chance.size, Math.min(3, chance.size));
    const text = pieces.map(([text]) => text).join(" ");
    assertEquals(parseSyntax(text), pieces.map(([, argument]) => argument), text);
  },
);

property("any text is read to its end as some syntax", { trials: 2000, size: 40 }, (chance) => {
  parseSyntax(
    chance.list(chance.size, () => chance.pick(["[", "]", "<", ">", "|", "...", "a", "B"])).join(
      " ",
    ),
  );
});

Deno.test("the syntax of every command has its brackets in order", () => {
  for (const { name, syntax, subcommands = [] } of commandSpecs) {
    for (const text of [syntax, ...subcommands.map((sub) => sub.syntax)]) {
      const open: string[] = [];
      for (const bracket of text?.match(/[[\]<>]/g) ?? []) {
        if (bracket === "[" || bracket === "<") open.push(bracket);
        else assertEquals(open.pop(), bracket === "]" ? "[" : "<", `${name}: ${text}`);
      }
      assertEquals(open, [], `${name}: ${text}`);
    }
  }
});
