import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

/** A run of bytes that both strings share, with the indexes of its first and last byte in each string. */
interface Match {
  readonly a: readonly [first: number, last: number];
  readonly b: readonly [first: number, last: number];
}

function mustBeString(call: Call, entry: Address): void {
  if (entry !== 0 && call.keyspace.entries.type(entry) !== ValueType.String) {
    throw err("The specified keys must contain string values");
  }
}

/** A view of a string in the arena; nothing in this command moves the string. */
function view(call: Call, entry: Address): Uint8Array {
  if (entry === 0) return new Uint8Array(0);
  const { bytes, start, length } = call.value(entry);
  return bytes.subarray(start, start + length);
}

/** LCS: the longest common subsequence of two strings. */
export const lcs: CommandSpec = command({
  name: "lcs",
  group: "string",
  summary: "Finds the longest common subsequence of two strings.",
  since: "7.0.0",
  complexity: "O(N*M) where N and M are the lengths of the strings",
  arity: -3,
  flags: ["readonly"],
  keys: [keyRange("RO access", 1, 1, 1)],
  syntax: "key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]",
  run(call) {
    const { args, reply } = call;
    // Redis 7.2 looks up the keys before it reads the options.
    const entries = [call.lookupForRead(1), call.lookupForRead(2)];
    for (const entry of entries) mustBeString(call, entry);
    const [a, b] = entries.map((entry) => view(call, entry));
    let wantsLength = false;
    let wantsIndexes = false;
    let withMatchLength = false;
    let minMatchLength = 0;
    for (let i = 3; i < args.count; i++) {
      if (args.is(i, "IDX")) wantsIndexes = true;
      else if (args.is(i, "LEN")) wantsLength = true;
      else if (args.is(i, "WITHMATCHLEN")) withMatchLength = true;
      else if (args.is(i, "MINMATCHLEN") && i + 1 < args.count) {
        minMatchLength = Math.max(0, call.integer(++i));
      } else throw errors.syntax;
    }
    if (wantsLength && wantsIndexes) {
      throw err("If you want both the length and indexes, please just use IDX.");
    }
    const cells = (a.length + 1) * (b.length + 1);
    if (cells * 4 > call.server.config.number("proto-max-bulk-len")) {
      throw err("Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
    }
    const lengths = fillTable(a, b);
    const length = lengths[cells - 1];
    if (wantsLength) return reply.integer(length);
    const { common, matches } = trace(a, b, lengths);
    if (!wantsIndexes) return reply.bulkBytes(common);

    const shown = matches.filter(({ a: [first, last] }) => last - first + 1 >= minMatchLength);
    reply.map(2);
    reply.bulkText("matches");
    reply.array(shown.length);
    for (const match of shown) {
      reply.array(withMatchLength ? 3 : 2);
      for (const [first, last] of [match.a, match.b]) {
        reply.array(2);
        reply.integer(first);
        reply.integer(last);
      }
      if (withMatchLength) reply.integer(match.a[1] - match.a[0] + 1);
    }
    reply.bulkText("len");
    reply.integer(length);
  },
});

/** The length of the longest common subsequence for each pair of prefixes; a row has all lengths of `b`. */
function fillTable(a: Uint8Array, b: Uint8Array): Uint32Array {
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const above = table[(i - 1) * width + j];
      const left = table[i * width + j - 1];
      table[i * width + j] = a[i - 1] === b[j - 1]
        ? table[(i - 1) * width + j - 1] + 1
        : Math.max(above, left);
    }
  }
  return table;
}

/** Walks the table backwards; returns the common bytes and the runs that they form, the last run first. */
function trace(
  a: Uint8Array,
  b: Uint8Array,
  table: Uint32Array,
): { common: Uint8Array; matches: Match[] } {
  const width = b.length + 1;
  let i = a.length;
  let j = b.length;
  let left = table[table.length - 1];
  const common = new Uint8Array(left);
  const matches: Match[] = [];
  let run: Match | undefined;
  while (i > 0 && j > 0) {
    if (a[i - 1] === b[j - 1]) {
      common[--left] = a[i - 1];
      const continues = run !== undefined && run.a[0] === i && run.b[0] === j;
      if (run !== undefined && !continues) matches.push(run);
      run = continues
        ? { a: [i - 1, run!.a[1]], b: [j - 1, run!.b[1]] }
        : { a: [i - 1, i - 1], b: [j - 1, j - 1] };
      i--;
      j--;
    } else if (table[(i - 1) * width + j] > table[i * width + j - 1]) {
      i--;
    } else {
      j--;
    }
  }
  if (run !== undefined) matches.push(run);
  return { common, matches };
}
