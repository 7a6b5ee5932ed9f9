import { command, type CommandSpec, keyRange } from "../../command/spec.ts";
import { deadlineOfSeconds } from "../shared/block_timeout.ts";
import { moveElement } from "./move_element.ts";

/** RPOPLPUSH: LMOVE from the tail to the head. */
export const rpoplpush: CommandSpec = command({
  name: "rpoplpush",
  group: "list",
  summary: "Moves an element from the tail of a list to the head of another, and replies with it.",
  since: "1.2.0",
  complexity: "O(1)",
  arity: 3,
  flags: ["write", "denyoom"],
  keys: [keyRange("RW access delete", 1, 0, 1), keyRange("RW insert", 2, 0, 1)],
  syntax: "source destination",
  replacedBy: { since: "6.2.0", command: "`LMOVE` with the `RIGHT` and `LEFT` arguments" },
  run: (call) => moveElement(call, "tail", "head"),
});

/** BRPOPLPUSH: RPOPLPUSH that waits for an element. */
export const brpoplpush: CommandSpec = command({
  name: "brpoplpush",
  group: "list",
  summary:
    "Moves an element from the tail of a list to the head of another, and replies with it; waits for one if there is none.",
  since: "2.2.0",
  history: [
    { since: "6.0.0", change: "The timeout may have a fraction." },
  ],
  complexity: "O(1)",
  arity: 4,
  flags: ["write", "denyoom", "blocking"],
  keys: [keyRange("RW access delete", 1, 0, 1), keyRange("RW insert", 2, 0, 1)],
  syntax: "source destination timeout",
  replacedBy: { since: "6.2.0", command: "`BLMOVE` with the `RIGHT` and `LEFT` arguments" },
  run: (call) => moveElement(call, "tail", "head", deadlineOfSeconds(call, 3)),
});
