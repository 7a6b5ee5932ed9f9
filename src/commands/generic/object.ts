import type { Address } from "../../arena/memory.ts";
import { parseInteger } from "../../lib/integer.ts";
import type { Call } from "../../command/call.ts";
import { err } from "../../command/errors.ts";
import { helpCommand } from "../../command/help.ts";
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";

const SWITCHING = "Please note that when switching between policies at runtime LRU and LFU data " +
  "will take some time to adjust.";
/** Redis 7.2 shares the objects of integers below this, and reports INT_MAX as their reference count. */
const SHARED_INTEGERS = 10000;
const SHARED_REFERENCES = 2147483647;

function objectCommand(
  name: string,
  since: string,
  summary: string,
  tips: readonly string[],
  show: (call: Call, entry: Address) => void,
): CommandSpec {
  return command({
    name,
    group: "generic",
    summary,
    since,
    complexity: "O(1)",
    arity: 3,
    flags: ["readonly"],
    keys: [keyRange("RO", 2, 0, 1)],
    tips,
    syntax: "key",
    run(call) {
      // It counts as a read, but there is no event for a missing key.
      const { stats } = call.keyspace;
      const entry = call.lookupQuietly(2);
      if (entry === 0) stats.misses++;
      else stats.hits++;
      if (entry === 0) call.reply.null();
      else show(call, entry);
    },
  });
}

const encoding = objectCommand(
  "encoding",
  "2.2.3",
  "Replies with the encoding of the value that a key holds.",
  ["nondeterministic_output"],
  (call, entry) => call.reply.bulkText(call.keyspace.operations(entry).encodingName(entry)),
);

const refcount = objectCommand(
  "refcount",
  "2.2.3",
  "Replies with the number of references to the value that a key holds.",
  ["nondeterministic_output"],
  (call, entry) => {
    let isShared = false;
    if (mayBeShared(call) && call.keyspace.operations(entry).encodingName(entry) === "int") {
      const value = call.value(entry);
      const number = parseInteger(value.bytes, value.start, value.length);
      isShared = number >= 0 && number < SHARED_INTEGERS;
    }
    call.reply.integer(isShared ? SHARED_REFERENCES : 1);
  },
);

/** Whether Redis 7.2 would share integers: it does not if each object needs an access clock of its own. */
function mayBeShared({ server: { config } }: Call): boolean {
  return config.number("maxmemory") === 0 || !/-l[rf]u$/.test(config.text("maxmemory-policy"));
}

const idletime = objectCommand(
  "idletime",
  "2.2.3",
  "Replies with the seconds since a key was accessed last.",
  ["nondeterministic_output"],
  (call, entry) => {
    const { accessClock, entries } = call.keyspace;
    if (accessClock.isLfu) {
      throw err(`An LFU maxmemory policy is selected, idle time not tracked. ${SWITCHING}`);
    }
    call.reply.integer(accessClock.idleSeconds(entries.clock(entry)));
  },
);

const freq = objectCommand(
  "freq",
  "4.0.0",
  "Replies with the logarithmic counter of accesses to a key.",
  ["nondeterministic_output"],
  (call, entry) => {
    const { accessClock, entries } = call.keyspace;
    if (!accessClock.isLfu) {
      throw err(
        `An LFU maxmemory policy is not selected, access frequency not tracked. ${SWITCHING}`,
      );
    }
    call.reply.integer(accessClock.frequency(entries.clock(entry)));
  },
);

const subcommands = [encoding, freq, idletime, refcount];

/** OBJECT: how a key's value is stored. */
export const object: CommandSpec = command({
  name: "object",
  group: "generic",
  summary: "Tells how the value of a key is stored.",
  since: "2.2.3",
  complexity: "Depends on the subcommand.",
  arity: -2,
  flags: [],
  subcommands: [...subcommands, helpCommand("object", "generic", "6.2.0", subcommands)],
});
