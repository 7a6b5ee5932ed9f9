import type { Address } from "../../arena/memory.ts";
import { StreamId } from "../../encodings/stream_id.ts";
import type { Call } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { idAt, parseId, replyId } from "./ids.ts";
import { exactTrimWords, parseTrimOptions, type TrimOptions } from "./trim_options.ts";

const LARGEST_ENTRY_BYTES = 2 ** 30;

const tooSmall = err(
  "The ID specified in XADD is equal or smaller than the target stream top item",
);
const exhausted = err(
  "The stream has exhausted the last possible ID, unable to add more items",
);

/** An id in the arguments of XADD. */
type NewId =
  /** `*`: made from the time. */
  | "auto"
  /** `123-*`: these milliseconds, the next sequence number. */
  | { readonly id: StreamId; readonly isPartial: boolean };

function newIdAt(call: Call, i: number): NewId {
  if (call.args.is(i, "*")) return "auto";
  const text = call.args.cText(i);
  const dash = text.indexOf("-");
  if (dash < 0 || text.slice(dash) !== "-*") return { id: idAt(call, i), isPartial: false };
  const id = parseId(`${text.slice(0, -1)}0`, "lowest");
  if (id === undefined) throw errors.streamId;
  return { id, isPartial: true };
}

/** The arguments before the fields. */
interface Options {
  mayMake: boolean;
  given: NewId;
  trim: TrimOptions;
}

/** The common case: no options, and the server chooses the id. */
const PLAIN: Options = {
  mayMake: true,
  given: "auto",
  trim: { target: undefined, next: 2, threshold: 0 },
};

function parseOptions(call: Call): Options {
  const options: Options = { ...PLAIN };
  options.trim = parseTrimOptions(call, (i) => {
    const isNoMake = call.args.is(i, "NOMKSTREAM");
    if (isNoMake) options.mayMake = false;
    else options.given = newIdAt(call, i);
    return isNoMake;
  });
  return options;
}

/** The id that the server has chosen last. */
const made = new StreamId();

/** The id that an entry gets behind `last`; throws if there is none. */
function nextId(call: Call, given: NewId, last: StreamId): StreamId {
  if (given === "auto") {
    made.setTime(call.nowMs);
    if (made.compare(last) <= 0 || made.isSameTime(last)) made.copyFrom(last).increment();
    return made;
  }
  if (!given.isPartial) {
    if (given.id.compare(last) <= 0) throw tooSmall;
    return given.id;
  }
  if (!given.id.isSameTime(last)) {
    if (given.id.compare(last) < 0) throw tooSmall;
    return given.id;
  }
  if (last.hasMaxSequence) throw tooSmall;
  const id = last.clone();
  id.increment();
  return id;
}

/** Throws if the arguments from `first` on are too large for one node. */
function checkSize({ args }: Call, first: number): void {
  let bytes = 0;
  for (let i = first; i < args.count; i++) bytes += args.lengths[i];
  if (bytes > LARGEST_ENTRY_BYTES) throw err("Elements are too large to be stored");
}

/** The stream under the key in argument 1. If there is none, makes it if `mayMake` is true, else returns 0. */
function streamFor(call: Call, mayMake: boolean): Address {
  const stream = call.lookupForWrite(1, ValueType.Stream);
  if (stream !== 0 || !mayMake) return stream;
  return call.keyspace.streams.create(call.db, call.key(1));
}

/** Propagates the request with the id that was made, and with an exact threshold in place of an approximate one. */
function propagate(call: Call, trim: TrimOptions, stream: Address, id: StreamId): void {
  call.propagateWords(() => {
    const words = exactTrimWords(call, trim, stream);
    words[trim.next] = id.toString();
    return words;
  });
}

/** XADD: adds an entry. */
export const xadd: CommandSpec = command({
  name: "xadd",
  group: "stream",
  summary: "Adds an entry at the end of a stream, and may shorten the stream from its start.",
  since: "5.0.0",
  history: [
    {
      since: "6.2.0",
      change: "`NOMKSTREAM`, `MINID` and `LIMIT` are options.",
      options: ["NOMKSTREAM", "MINID", "LIMIT"],
    },
    { since: "7.0.0", change: "An id may be `<ms>-*`." },
  ],
  complexity: "O(1) for the entry, O(N) where N is the number of entries trimmed",
  arity: -5,
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("RW update", "UPDATE instead of INSERT because of the optional trimming feature"),
  tips: ["nondeterministic_output"],
  syntax:
    "key [NOMKSTREAM] [<MAXLEN | MINID> [= | ~] threshold [LIMIT count]] <* | id> <field value> [<field value> ...]",
  run(call) {
    const { args, reply } = call;
    const { streams } = call.keyspace;
    const { given, mayMake, trim } = args.is(2, "*") ? PLAIN : parseOptions(call);
    const { target, next } = trim;
    const words = args.count - next - 1;
    if (words < 2 || words % 2 !== 0) throw call.wrongArity();
    if (given !== "auto" && !given.isPartial && given.id.isZero) {
      throw err("The ID specified in XADD must be greater than 0-0");
    }
    checkSize(call, next + 1);
    const stream = streamFor(call, mayMake);
    if (stream === 0) return reply.null();
    const last = streams.lastId(stream);
    if (last.isMax) throw exhausted;
    const id = nextId(call, given, last);
    streams.append(stream, id, args, next + 1);
    call.keyChanged(1, "stream", "xadd");
    if (target !== undefined && streams.trim(stream, target) > 0) {
      call.keyEvent(1, "stream", "xtrim");
    }
    propagate(call, trim, stream, id);
    replyId(call, id);
  },
});
