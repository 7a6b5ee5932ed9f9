/** KEYS and ARGV, whose tables scripts have one after another. */
import { assertEquals } from "@std/assert";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { type Chance, property } from "../support/property.ts";
import { show } from "../support/resp_client.ts";

const local = await new LocalServer(new MemoryHost(), {}).start();

/** What scripts can do to the tables that their words are in. */
const CHANGES: readonly string[] = [
  "",
  "WORDS[1] = nil",
  "WORDS[2] = 5",
  "WORDS[1] = WORDS[2]",
  "WORDS[1] = {}",
  "WORDS[#WORDS + 1] = 'more'",
  "WORDS.x = 1",
  "WORDS[1.5] = 1",
  "WORDS[-1] = 1",
  "WORDS.x = 1 WORDS.x = nil",
  "setmetatable(WORDS, {__index = function() return 'old' end, __newindex = error})",
  "setmetatable(WORDS, {__mode = 'kv'})",
  "table.insert(WORDS, 'more')",
  "table.insert(WORDS, 1, 'more')",
  "table.remove(WORDS)",
  "for i = 1, 100 do WORDS[i] = {} end",
  "for i = 1, 100 do WORDS[i] = {} end for i = 1, 100 do WORDS[i] = nil end",
  "rawset(WORDS, 'x', WORDS)",
  "collectgarbage() WORDS[1] = 'x' .. #WORDS",
  "for i = 1, 20 do collectgarbage('step', 1) WORDS[1] = ('y'):rep(i) end",
  "local co = coroutine.wrap(function() WORDS[1] = 'co' coroutine.yield() end) co()",
  "error('x')",
];

const PROBE = `
  local found = {}
  for _, words in ipairs({KEYS, ARGV}) do
    assert(getmetatable(words) == nil and words.x == nil and words[-1] == nil)
    local count = 0
    for i, word in pairs(words) do count = count + 1 assert(words[i] == word) end
    assert(count == #words)
    for i, word in ipairs(words) do found[#found + 1] = word end
    found[#found + 1] = '|'
  end
  collectgarbage('step', 10)
  return found`;

property(
  "a script has its own words, whatever the one before has done to its tables",
  { trials: 300, size: 12 },
  (chance: Chance) => {
    local.run(["SCRIPT", "FLUSH"]);
    const word = () => chance.oneIn(2) ? `w${chance.below(3)}` : chance.text(80, "ab");
    const counts = [chance.below(4), chance.below(4)];
    for (let i = 0; i < chance.size; i++) {
      if (chance.oneIn(4)) counts[chance.below(2)] = chance.below(4);
      const [keys, args] = counts.map((count) => Array.from({ length: count }, word));
      const words = [`${keys.length}`, ...keys, ...args];
      const change = chance.pick(CHANGES).replaceAll("WORDS", chance.pick(["KEYS", "ARGV"]));
      const [, reply] = local.run(["EVAL", change, ...words], ["EVAL", PROBE, ...words]);
      const found = reply.elements.map(({ text }) => text);
      assertEquals(found, [...keys, "|", ...args, "|"], `${show(reply)} behind ${change}`);
    }
  },
);
