/** What a script has done to Lua is not there for the next one, nor for the server. */
import { assertEquals } from "@std/assert";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { show } from "../support/resp_client.ts";

const start = () => new LocalServer(new MemoryHost(), {}).start();

const found = (way: string) =>
  `local seen = 'nothing' ${
    way.replace(
      "PROBE",
      "local f = loadstring('return mark') local ok, x = pcall(f) if ok then seen = x end",
    )
  } return seen`;

/** Ways to run something in a coroutine or in another environment. */
const WAYS: readonly string[] = [
  "PROBE",
  "pcall(function() PROBE end)",
  "xpcall(function() PROBE end, error)",
  "string.gsub('a', 'a', function() pcall(function() PROBE end) end)",
  "table.sort({1, 2}, function() pcall(function() PROBE end) return false end)",
  "for i in function(s, i) if not i then pcall(function() PROBE end) return 1 end end do end",
  "local t = setmetatable({}, {__index = function() pcall(function() PROBE end) end}) local x = t.x",
  "coroutine.wrap(function() PROBE end)()",
  "coroutine.resume(coroutine.create(function() pcall(function() PROBE end) end))",
];

/** What would leave `mark` in the globals of something that is used again. */
const MARKS: readonly string[] = [
  "setfenv(0, setmetatable({mark = 'found'}, {__index = _G}))",
  "setfenv(1, setmetatable({mark = 'found'}, {__index = _G}))",
  "setfenv(2, setmetatable({mark = 'found'}, {__index = _G}))",
  "table.insert(_G, 1)",
  "getmetatable('').__index = function() return 'found' end",
];

for (const mark of MARKS) {
  Deno.test(`no later script finds what one has left: ${mark}`, async () => {
    const local = await start();
    for (const way of WAYS) {
      local.run(["EVAL", way.replace("PROBE", `pcall(function() ${mark} end) ${mark}`), "0"]);
      for (const other of WAYS) {
        const [reply] = local.run(["EVAL", found(other), "0"]);
        assertEquals(show(reply), '$"nothing"', `${way}, then ${other}`);
      }
    }
    local.server.stop();
  });
}

Deno.test("what is compiled already is no script: it could do anything", async () => {
  const local = await start();
  const compiled = "\x1bLuaQ\0\x01\x04\x04\x04\x08\0";

  for (const request of [["EVAL", compiled, "0"], ["SCRIPT", "LOAD", compiled]]) {
    const [reply] = local.run(request);
    assertEquals(
      show(reply),
      "-\"ERR Error compiling script (new function): user_script:1: unexpected symbol near 'char(27)'\"",
    );
  }
  const load = "return {loadstring(ARGV[1])}";
  const [reply] = local.run(["EVAL", load, "0", compiled]);
  assertEquals(reply.elements.length, 0);

  local.server.stop();
});
