/**
 * Parses the `syntax` of a spec, in the notation of the Redis manual, into the tree of arguments that COMMAND DOCS shows.
 *
 *     key value [NX | XX] [EX seconds | KEEPTTL] [name ...]
 *
 *     WORD        a token                    word      an argument, whose type follows from its name
 *     [ ... ]     optional                   < ... >   a group
 *     a | b       one of them                [x ...]   after x: x may be repeated
 *
 * @module
 */

/** The type of an argument, in the words of COMMAND DOCS. */
export type ArgumentType =
  | "string"
  | "integer"
  | "double"
  | "key"
  | "pattern"
  | "unix-time"
  | "pure-token"
  | "oneof"
  | "block";

/** One argument, or a group of them. */
export interface Argument {
  readonly name: string;
  readonly type: ArgumentType;
  /** The word that stands before the argument, or that is the argument. */
  readonly token?: string;
  readonly isOptional?: boolean;
  /** Whether it may be given several times. */
  readonly isMultiple?: boolean;
  /** The parts of a group. */
  readonly parts?: readonly Argument[];
}

const TYPES: readonly (readonly [RegExp, ArgumentType])[] = [
  [/^(key\d*|newkey|destkey|sourcekey|source|src|destination|dst)$/, "key"],
  [/^pattern$/, "pattern"],
  [/^unix-time/, "unix-time"],
  [/^(height|latitude|longitude|radius|score|width)$/, "double"],
  [
    /^(seconds|milliseconds|ms|offset|start|end|stop|index\d?|cursor|count|num-matches|rank|len)$/,
    "integer",
  ],
  [
    /^(db|destination-db|increment|decrement|bit|bits|min-match-len|weight|ttl|frequency)$/,
    "integer",
  ],
  [/^(client-id|timeout|samples|protover|version|port|numkeys|numlocal|numreplicas)$/, "integer"],
  [
    /^(entries-added|entries-read|slot|start-slot|end-slot|config-epoch|cluster-bus-port)$/,
    "integer",
  ],
];

/** The arguments that a syntax describes. */
export function parseSyntax(syntax: string): Argument[] {
  const tokens = syntax.match(/\[|\]|<|>|\||[^\s[\]<>|]+/g) ?? [];
  let at = 0;

  /** Parses alternatives up to a closing bracket; each is a sequence. */
  function alternatives(): Argument[][] {
    const found: Argument[][] = [[]];
    while (at < tokens.length && tokens[at] !== "]" && tokens[at] !== ">") {
      if (tokens[at] === "|") {
        at++;
        found.push([]);
      } else {
        item(found[found.length - 1]);
      }
    }
    return found;
  }

  function item(sequence: Argument[]): void {
    const token = tokens[at++];
    const last = sequence[sequence.length - 1];
    if (token === "...") {
      if (last !== undefined) sequence[sequence.length - 1] = { ...last, isMultiple: true };
    } else if (token === "[" || token === "<") {
      const inside = alternatives();
      at++;
      if (token === "[" && inside.length === 1 && repeats(inside[0], sequence)) {
        const repeated = sequence.splice(-inside[0].length);
        sequence.push({ ...makeGroup([repeated], false), isMultiple: true });
      } else sequence.push(makeGroup(inside, token === "["));
    } else if (/^[A-Z]/.test(token)) {
      const next = tokens[at];
      const isFollowed = next !== undefined && /^[a-z]/.test(next);
      if (isFollowed) sequence.push({ ...argument(tokens[at++]), token });
      else sequence.push({ name: token.toLowerCase(), type: "pure-token", token });
    } else {
      sequence.push(argument(token));
    }
  }

  return alternatives()[0];
}

/** Whether arguments in brackets repeat those before them, as in "x y [x y ...]". A token in front need not be repeated. */
function repeats(inside: readonly Argument[], before: readonly Argument[]): boolean {
  const first = before.length - inside.length;
  return inside.at(-1)?.isMultiple === true && first >= 0 &&
    inside.every(({ name, token }, i) =>
      before[first + i].name === name && (token === undefined || before[first + i].token === token)
    );
}

function argument(name: string): Argument {
  const type = TYPES.find(([pattern]) => pattern.test(name))?.[1] ?? "string";
  return { name, type };
}

function makeGroup(inside: readonly Argument[][], isOptional: boolean): Argument {
  const optional = isOptional ? { isOptional } : {};
  const options = inside.map((sequence): Argument =>
    sequence.length === 1
      ? sequence[0]
      : { name: sequence.map(({ name }) => name).join("_"), type: "block", parts: sequence }
  );
  if (options.length === 1) return { ...options[0], ...optional };
  const name = options.map((option) => option.name).join("_").slice(0, 40);
  return { name, type: "oneof", parts: options, ...optional };
}
