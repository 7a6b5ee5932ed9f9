import type { Address } from "../../arena/memory.ts";
import { StreamId } from "../../encodings/stream_id.ts";
import { UNKNOWN_ENTRIES_READ } from "../../keyspace/consumer_groups.ts";
import type { Call } from "../../command/call.ts";
import { err, ReplyError } from "../../command/errors.ts";
import { helpCommand, subcommandSyntax } from "../../command/help.ts";
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { idAt, idOrEdgeAt } from "./ids.ts";

const needsKey = err(
  "The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the " +
    "MKSTREAM option to create an empty stream automatically.",
);

/** The options of CREATE and SETID from argument 5 on. */
function parseOptions(call: Call, canMake: boolean): { makes: boolean; entriesRead: number } {
  const { args } = call;
  let makes = false;
  let entriesRead = UNKNOWN_ENTRIES_READ;
  for (let i = 5; i < args.count; i++) {
    if (canMake && args.is(i, "MKSTREAM")) makes = true;
    else if (args.is(i, "ENTRIESREAD") && i + 1 < args.count) {
      entriesRead = call.integer(++i);
      if (entriesRead < 0 && entriesRead !== UNKNOWN_ENTRIES_READ) {
        throw err("value for ENTRIESREAD must be positive or -1");
      }
    } else {
      throw subcommandSyntax(call);
    }
  }
  return { makes, entriesRead };
}

/** The stream under the key in argument 2; throws if there is none. */
function streamAt(call: Call): Address {
  const stream = call.lookupForWrite(2, ValueType.Stream);
  if (stream === 0) throw needsKey;
  return stream;
}

/** The group with the name in argument 3; 0 if there is none. */
function findGroup(call: Call, stream: Address): Address {
  const { streams } = call.keyspace;
  return streams.groups.find(streams.root(stream), call.range(3));
}

/** As {@link findGroup}, for the stream in argument 2; throws if there is no such group. */
function groupAt(call: Call): Address {
  const group = findGroup(call, streamAt(call));
  if (group !== 0) return group;
  const { args } = call;
  throw new ReplyError(
    `NOGROUP No such consumer group '${args.cText(3)}' for key name '${args.cText(2)}'`,
  );
}

/** The stream's last id, which `$` stands for. */
function lastIdOf(call: Call, stream: Address): StreamId {
  return stream === 0 ? new StreamId() : call.keyspace.streams.lastId(stream).clone();
}

const base = { group: "stream", since: "5.0.0", complexity: "O(1)" } as const;

const create = command({
  ...base,
  name: "create",
  summary: "Makes a consumer group.",
  history: [
    {
      since: "7.0.0",
      change: "`ENTRIESREAD` sets how many entries the group has read.",
      options: ["ENTRIESREAD"],
    },
  ],
  arity: -5,
  flags: ["write", "denyoom"],
  keys: [keyRange("RW insert", 2, 0, 1)],
  syntax: "key group <id | $> [MKSTREAM] [ENTRIESREAD entries-read]",
  run(call) {
    const { args } = call;
    const { streams } = call.keyspace;
    const { makes, entriesRead } = parseOptions(call, true);
    let stream = call.lookupForWrite(2, ValueType.Stream);
    if (stream === 0 && !makes) throw needsKey;
    if (args.count > 8) throw subcommandSyntax(call);
    const id = args.is(4, "$") ? lastIdOf(call, stream) : idAt(call, 4);
    if (stream === 0) stream = streams.create(call.db, call.key(2));
    else if (findGroup(call, stream) !== 0) {
      throw new ReplyError("BUSYGROUP Consumer Group name already exists");
    }
    streams.groups.create(streams.root(stream), call.range(3), id, entriesRead);
    call.keyChanged(2, "stream", "xgroup-create");
    call.reply.ok();
  },
});

const createConsumer = command({
  ...base,
  name: "createconsumer",
  summary: "Makes a consumer in a group.",
  since: "6.2.0",
  arity: 5,
  flags: ["write", "denyoom"],
  keys: [keyRange("RW insert", 2, 0, 1)],
  syntax: "key group consumer",
  run(call) {
    const { groups } = call.keyspace.streams;
    const group = groupAt(call);
    const isNew = groups.findConsumer(group, call.range(4)) === 0;
    if (isNew) {
      groups.createConsumer(group, call.range(4), call.nowMs);
      call.keyChanged(2, "stream", "xgroup-createconsumer");
    }
    call.reply.integer(isNew ? 1 : 0);
  },
});

const deleteConsumer = command({
  ...base,
  name: "delconsumer",
  summary: "Removes a consumer with its pending entries; replies with how many it had.",
  arity: 5,
  flags: ["write"],
  keys: [keyRange("RW delete", 2, 0, 1)],
  syntax: "key group consumer",
  run(call) {
    const { groups } = call.keyspace.streams;
    const group = groupAt(call);
    const consumer = groups.findConsumer(group, call.range(4));
    if (consumer === 0) return call.reply.integer(0);
    const pending = groups.removeConsumer(group, consumer);
    call.keyChanged(2, "stream", "xgroup-delconsumer");
    call.reply.integer(pending);
  },
});

const destroy = command({
  ...base,
  name: "destroy",
  summary: "Removes a consumer group with its consumers and pending entries.",
  complexity: "O(N) where N is the number of pending entries",
  arity: 4,
  flags: ["write"],
  keys: [keyRange("RW delete", 2, 0, 1)],
  syntax: "key group",
  run(call) {
    const { streams } = call.keyspace;
    const stream = streamAt(call);
    const group = findGroup(call, stream);
    if (group === 0) return call.reply.integer(0);
    streams.groups.remove(streams.root(stream), group);
    call.keyChanged(2, "stream", "xgroup-destroy");
    call.reply.integer(1);
  },
});

const setId = command({
  ...base,
  name: "setid",
  summary: "Sets the id that a group was given last.",
  history: [
    {
      since: "7.0.0",
      change: "`ENTRIESREAD` sets how many entries the group has read.",
      options: ["ENTRIESREAD"],
      arityBefore: 5,
    },
  ],
  arity: -5,
  flags: ["write"],
  keys: [keyRange("RW update", 2, 0, 1)],
  syntax: "key group <id | $> [ENTRIESREAD entries-read]",
  run(call) {
    const { args } = call;
    const { entriesRead } = parseOptions(call, false);
    const group = groupAt(call);
    if (args.count > 7) throw subcommandSyntax(call);
    const id = args.is(4, "$")
      ? lastIdOf(call, call.lookupForWrite(2, ValueType.Stream))
      : idOrEdgeAt(call, 4);
    call.keyspace.streams.groups.setPosition(group, id, entriesRead);
    call.keyChanged(2, "stream", "xgroup-setid");
    call.reply.ok();
  },
});

const subcommands = [create, createConsumer, deleteConsumer, destroy, setId];

/** XGROUP: makes, changes and removes consumer groups. */
export const xgroup: CommandSpec = command({
  ...base,
  name: "xgroup",
  summary: "Makes, changes and removes consumer groups.",
  complexity: "Depends on the subcommand.",
  arity: -2,
  flags: [],
  subcommands: [...subcommands, helpCommand("xgroup", "stream", "5.0.0", subcommands)],
});
