import { command, type CommandSpec, keyRange } from "../../command/spec.ts";
import { deadlineOfSeconds } from "../shared/block_timeout.ts";
import { endAt } from "./list_end.ts";
import { moveElement } from "./move_element.ts";

/** LMOVE: moves an element from one list to another. */
export const lmove: CommandSpec = command({
  name: "lmove",
  group: "list",
  summary: "Moves an element from an end of a list to an end of another, and replies with it.",
  since: "6.2.0",
  complexity: "O(1)",
  arity: 5,
  flags: ["write", "denyoom"],
  keys: [keyRange("RW access delete", 1, 0, 1), keyRange("RW insert", 2, 0, 1)],
  syntax: "source destination <LEFT | RIGHT> <LEFT | RIGHT>",
  run: (call) => moveElement(call, endAt(call, 3), endAt(call, 4)),
});

/** BLMOVE: LMOVE that waits for an element. */
export const blmove: CommandSpec = command({
  name: "blmove",
  group: "list",
  summary:
    "Moves an element from an end of a list to an end of another, and replies with it; waits for one if there is none.",
  since: "6.2.0",
  complexity: "O(1)",
  arity: 6,
  flags: ["write", "denyoom", "blocking"],
  keys: [keyRange("RW access delete", 1, 0, 1), keyRange("RW insert", 2, 0, 1)],
  syntax: "source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout",
  run(call) {
    const [from, to] = [endAt(call, 3), endAt(call, 4)];
    return moveElement(call, from, to, deadlineOfSeconds(call, 5));
  },
});
