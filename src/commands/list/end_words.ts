import type { ListEnd } from "../../keyspace/lists.ts";

/** The events of pushes and pops in keyspace notifications. */
export const END_EVENTS = {
  head: { push: "lpush", pop: "lpop" },
  tail: { push: "rpush", pop: "rpop" },
} as const;

/** The letter with which the names of commands for an end begin. */
export function letter(end: ListEnd): string {
  return end === "head" ? "l" : "r";
}
