import { command, type CommandSpec, keyRange } from "../../command/spec.ts";
import { cacheCount, cachedCount, estimate, mergeRegisters } from "../../encodings/hyperloglog.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { checkHyperLogLog, damaged, gather, registers } from "./stored_hyperloglog.ts";

/** PFCOUNT: replies with the estimate. */
export const pfcount: CommandSpec = command({
  name: "pfcount",
  group: "hyperloglog",
  summary: "Estimates how many different elements one or several HyperLogLogs have seen.",
  since: "2.8.9",
  complexity: "O(1) for one key, O(N) with a large constant for N keys",
  arity: -2,
  flags: ["readonly", "may_replicate"],
  keys: [
    keyRange(
      "RW access",
      1,
      -1,
      1,
      "RW because it may change the internal representation of the key, and propagate to replicas",
    ),
  ],
  syntax: "key [key ...]",
  run(call) {
    const { args, reply } = call;
    registers.fill(0);
    if (args.count > 2) {
      for (let i = 1; i < args.count; i++) gather(call, i);
      return reply.integer(estimate(registers));
    }
    const entry = checkHyperLogLog(call, call.lookupForRead(1, ValueType.String));
    if (entry === 0) return reply.integer(0);
    const cached = cachedCount(call.value(entry));
    if (cached !== undefined) return reply.integer(cached);
    if (!mergeRegisters(registers, call.value(entry))) throw damaged;
    const count = estimate(registers);
    cacheCount(call.value(entry), count);
    call.countChanges(1);
    reply.integer(count);
  },
});
