import type { AdminCall } from "../../command/call.ts";
import { err } from "../../command/errors.ts";
import { isMovable, type MovableClock } from "../../ports/clock.ts";
import type { DebugSubcommand } from "./debug_subcommand.ts";

const SYNTAX = "FREEZE | ADVANCE milliseconds | SET milliseconds-since-1970 | RESUME";

/** The farthest that the clock is moved or set, in milliseconds: dates have no meaning beyond. */
const FARTHEST_MS = 8.64e15;

/** Moves the clock on; the reply comes when all that is due has run. */
function advance(call: AdminCall, clock: MovableClock, milliseconds: number): undefined {
  if (!call.mayBlock) throw err("The clock cannot be advanced within a transaction.");
  const { client, server } = call;
  call.waitForAnswer();
  clock.advance({ milliseconds }).then(() => server.answer(client, (reply) => reply.ok()));
}

/** DEBUG CLOCK: stops the server's clock and moves it. */
export const clock: DebugSubcommand = {
  words: 1,
  takesMore: true,
  syntax: SYNTAX,
  summary: "Stops the clock, moves it on or sets it, or lets it go on from there.",
  run(call) {
    const { args, keyspace, reply, server: { clock } } = call;
    if (!isMovable(clock)) {
      throw err("The clock of this server cannot be moved: who started it has given it another.");
    }
    if (args.count === 3 && args.is(2, "FREEZE")) clock.freeze();
    else if (args.count === 3 && args.is(2, "RESUME")) clock.resume();
    else if (args.count === 4 && args.is(2, "ADVANCE")) {
      return advance(call, clock, milliseconds(call));
    } else if (args.count === 4 && args.is(2, "SET")) clock.set(milliseconds(call));
    else throw err(`syntax error, try DEBUG CLOCK ${SYNTAX}`);
    if (call.mayBlock) keyspace.setTime(clock.now());
    reply.ok();
  },
};

function milliseconds(call: AdminCall): number {
  const value = call.integer(3);
  if (value < 0 || value > FARTHEST_MS) throw err("The time is out of range");
  return value;
}
