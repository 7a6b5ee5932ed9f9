import { command, type CommandSpec, keyRange } from "../../command/spec.ts";
import { invalidateCount, isDense } from "../../encodings/hyperloglog.ts";
import { entryFor, gather, makeDense, raiseRegisters, registers } from "./stored_hyperloglog.ts";

/** PFMERGE: makes the union of HyperLogLogs. */
export const pfmerge: CommandSpec = command({
  name: "pfmerge",
  group: "hyperloglog",
  summary: "Adds to a HyperLogLog all that several others have seen.",
  since: "2.8.9",
  complexity: "O(N) where N is the number of keys",
  arity: -2,
  flags: ["write", "denyoom"],
  keys: [keyRange("RW access insert", 1, 0, 1), keyRange("RO access", 2, -1, 1)],
  syntax: "destkey [sourcekey [sourcekey ...]]",
  run(call) {
    const { args, reply } = call;
    registers.fill(0);
    let wantsDense = false;
    for (let i = 1; i < args.count; i++) {
      const source = gather(call, i);
      wantsDense ||= source !== 0 && isDense(call.value(source));
    }
    const target = entryFor(call).entry;
    const entry = wantsDense ? makeDense(call, target) : target;
    raiseRegisters(call, entry, (raise) => {
      registers.forEach((value, register) => {
        if (value > 0) raise(register, value);
      });
    });
    invalidateCount(call.value(call.lookupQuietly(1)));
    call.keyChanged(1, "string", "pfadd");
    reply.ok();
  },
});
