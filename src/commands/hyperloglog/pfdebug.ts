import { err } from "../../command/errors.ts";
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";
import { denseRegister, describeSparse, isDense, REGISTERS } from "../../encodings/hyperloglog.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { checkHyperLogLog, makeDense } from "./stored_hyperloglog.ts";

/** PFDEBUG: looks inside a HyperLogLog. */
export const pfdebug: CommandSpec = command({
  name: "pfdebug",
  group: "hyperloglog",
  summary: "Shows the registers or the encoding of a HyperLogLog, or makes it dense.",
  since: "2.8.9",
  isInternal: true,
  complexity: "N/A",
  arity: 3,
  flags: ["write", "denyoom", "admin"],
  keys: [keyRange("RW access", 2, 0, 1)],
  syntax: "subcommand key",
  run(call) {
    const { args, reply } = call;
    const entry = checkHyperLogLog(call, call.lookupForWrite(2, ValueType.String));
    if (entry === 0) throw err("The specified key does not exist");
    const wasDense = isDense(call.value(entry));
    if (args.is(1, "GETREG")) {
      const dense = call.value(makeDense(call, entry));
      reply.array(REGISTERS);
      for (let i = 0; i < REGISTERS; i++) reply.integer(denseRegister(dense, i));
    } else if (args.is(1, "DECODE")) {
      if (wasDense) throw err("HLL encoding is not sparse");
      reply.bulkText(describeSparse(call.value(entry)));
    } else if (args.is(1, "ENCODING")) {
      reply.simple(wasDense ? "dense" : "sparse");
    } else if (args.is(1, "TODENSE")) {
      makeDense(call, entry);
      reply.integer(wasDense ? 0 : 1);
    } else throw err(`Unknown PFDEBUG subcommand '${args.cText(1)}'`);
    const isChanged = !wasDense && isDense(call.value(call.lookupQuietly(2)));
    if (isChanged) call.countChanges(1);
  },
});
