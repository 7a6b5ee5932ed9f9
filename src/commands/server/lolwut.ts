import { command, type CommandSpec } from "../../command/spec.ts";

const SHADES = " ░▒▓█";
const COLUMNS = 48;
const ROWS = 12;

/** LOLWUT: draws a picture, a different one each time. */
export const lolwut: CommandSpec = command({
  name: "lolwut",
  group: "server",
  summary: "Shows a picture made by chance, and the version.",
  differs: "the picture, whatever VERSION says",
  since: "5.0.0",
  complexity: "O(1)",
  arity: -1,
  flags: ["readonly", "fast"],
  syntax: "[VERSION version]",
  run(call) {
    const { random } = call.server;
    if (call.args.count > 2 && call.args.is(1, "VERSION")) call.integer(2);
    // Three waves cross each other; the picture is dark where they meet.
    const waves = Array.from({ length: 3 }, () => ({
      x: random.below(COLUMNS),
      y: random.below(ROWS),
      length: 2 + random.below(6),
    }));
    let picture = "";
    for (let row = 0; row < ROWS; row++) {
      for (let column = 0; column < COLUMNS; column++) {
        let height = 0;
        for (const { x, y, length } of waves) {
          height += Math.sin(Math.hypot(column - x, 2 * (row - y)) / length);
        }
        picture += SHADES[Math.floor((height / 3 + 1) / 2 * (SHADES.length - 0.01))];
      }
      picture += "\n";
    }
    call.reply.verbatim(`${picture}\nRedis ver. ${call.server.profile.redisVersion}\n`, "txt");
  },
});
