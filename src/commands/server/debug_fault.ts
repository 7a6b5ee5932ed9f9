import type { AdminCall } from "../../command/call.ts";
import { err, type ReplyError } from "../../command/errors.ts";
import type {
  ActiveFault,
  Fault,
  FaultEffect,
  FaultMatch,
  FaultReply,
} from "../../command/fault_control.ts";
import { RespError } from "../../resp/reply_reader.ts";
import type { DebugSubcommand } from "./debug_subcommand.ts";

const SYNTAX = "ADD [COMMAND name] [KEY pattern] [CLIENT id-or-name] [AFTER n] [TIMES n] " +
  "[CHANCE share] <REPLY text | ERROR text | INTEGER n | NULL | DELAY milliseconds | STALL | " +
  "CLOSE after-bytes | DROPREPLY | DROPREQUEST | REFUSE> | LIST | REMOVE id | CLEAR [seed]";

type Words = (i: number) => string;

/** The words that say which requests a fault meets; each takes one more word. */
const MATCHES: Readonly<Record<string, (word: string) => FaultMatch>> = {
  COMMAND: (word) => ({ command: word }),
  KEY: (word) => ({ key: word }),
  CLIENT: (word) => ({ client: /^\d+$/.test(word) ? Number(word) : word }),
  AFTER: (word) => ({ after: countOf(word) }),
  TIMES: (word) => ({ times: countOf(word) }),
  CHANCE: (word) => {
    const chance = Number(word);
    if (word === "" || !(chance >= 0 && chance <= 1)) throw err("CHANCE is a share from 0 to 1");
    return { chance };
  },
};

/** The words that say what it does, with the number of words behind each. */
const EFFECTS: Readonly<Record<string, [words: number, make: (word: string) => FaultEffect]>> = {
  REPLY: [1, (word) => ({ reply: word })],
  ERROR: [1, (word) => ({ reply: new RespError(word) })],
  INTEGER: [1, (word) => ({ reply: integerOf(word) })],
  NULL: [0, () => ({ reply: null })],
  DELAY: [1, (word) => ({ delayMs: countOf(word) })],
  STALL: [0, () => ({ stall: true })],
  CLOSE: [1, (word) => ({ closeAfterBytes: countOf(word) })],
  DROPREPLY: [0, () => ({ dropReply: true })],
  DROPREQUEST: [0, () => ({ dropRequest: true })],
  REFUSE: [0, () => ({ refuseConnection: true })],
};

/** DEBUG FAULT: makes requests fail, wait or get lost. */
export const fault: DebugSubcommand = {
  words: 1,
  takesMore: true,
  syntax: SYNTAX,
  summary: "Makes requests fail, wait or get lost; the reply of ADD is the fault's id.",
  run(call) {
    const { args, reply, server: { faults } } = call;
    if (args.is(2, "ADD")) reply.integer(faults.add(parseFault(call)).id);
    else if (args.is(2, "LIST") && args.count === 3) {
      reply.array(faults.all.length);
      for (const active of faults.all) reply.bulkText(describe(active));
    } else if (args.is(2, "REMOVE") && args.count === 4) {
      const id = countOf(args.text(3));
      const found = faults.all.find((active) => active.id === id);
      if (found === undefined) throw err(`No such fault: ${id}`);
      found.remove();
      reply.ok();
    } else if (args.is(2, "CLEAR") && args.count <= 4) {
      faults.clear(args.count === 4 ? integerOf(args.text(3)) : undefined);
      reply.ok();
    } else throw malformed();
  },
};

function parseFault({ args }: AdminCall): Fault {
  const word: Words = (i) => {
    if (i >= args.count) throw malformed();
    return args.text(i);
  };
  let match: FaultMatch = {};
  for (let i = 3;; i += 2) {
    const name = word(i).toUpperCase();
    const effect = EFFECTS[name];
    if (effect !== undefined) {
      const [words, make] = effect;
      if (args.count !== i + 1 + words) throw malformed();
      return { ...match, ...make(words === 0 ? "" : word(i + 1)) };
    }
    const parse = MATCHES[name];
    if (parse === undefined) throw malformed();
    match = { ...match, ...parse(word(i + 1)) };
  }
}

/** A fault in the words that add it, behind its id and its hits. */
function describe({ id, fault, hits }: ActiveFault): string {
  const { command, key, client, after, times, chance } = fault;
  const matches = { COMMAND: command, KEY: key, CLIENT: client, AFTER: after, TIMES: times };
  const words = Object.entries({ ...matches, CHANCE: chance })
    .filter(([, value]) => value !== undefined).map(([name, value]) => `${name} ${value} `);
  return `id=${id} hits=${hits} ${words.join("")}${effectText(fault)}`;
}

function effectText(effect: FaultEffect): string {
  if ("delayMs" in effect) return `DELAY ${effect.delayMs}`;
  if ("closeAfterBytes" in effect) return `CLOSE ${effect.closeAfterBytes}`;
  if ("stall" in effect) return "STALL";
  if ("dropReply" in effect) return "DROPREPLY";
  if ("dropRequest" in effect) return "DROPREQUEST";
  if ("refuseConnection" in effect) return "REFUSE";
  return replyText(effect.reply);
}

function replyText(reply: FaultReply): string {
  if (reply === null) return "NULL";
  if (reply instanceof RespError) return `ERROR ${reply.message}`;
  if (typeof reply === "number") return `INTEGER ${reply}`;
  return `REPLY ${typeof reply === "string" ? reply : JSON.stringify(reply)}`;
}

function countOf(word: string): number {
  if (!/^\d{1,15}$/.test(word)) throw err(`'${word}' is no number of things`);
  return Number(word);
}

function integerOf(word: string): number {
  if (!/^-?\d{1,15}$/.test(word)) throw err(`'${word}' is no integer`);
  return Number(word);
}

function malformed(): ReplyError {
  return err(`syntax error, try DEBUG FAULT ${SYNTAX}`);
}
