/** Scripts that want too much: they get an error, and the server goes on as if they had never been. */
import { assertEquals, assertMatch } from "@std/assert";
import { ScriptMachine } from "../../src/scripting/script_machine.ts";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { show } from "../support/resp_client.ts";

// Enough to tell what is refused from what is not, and soon reached.
ScriptMachine.limitBytes = 64 * 2 ** 20;

async function start(): Promise<LocalServer> {
  return await new LocalServer(new MemoryHost(), {}).start();
}

/** What the server knows of a few things that a script must not change for the next one. */
const PROBE = `
  local names = {}
  for name in pairs(_G) do if name ~= 'KEYS' and name ~= 'ARGV' then names[#names+1] = name end end
  table.sort(names)
  local count = 0
  for _, library in pairs({redis, string, table, math, coroutine}) do
    for _ in pairs(library) do count = count + 1 end
  end
  return {table.concat(names, ' '), count, ('x'):upper(), #KEYS, #ARGV, tostring(redis[1]),
    tostring(getmetatable('').x), tostring(next({})), string.rep('a', 3), unpack({1, 2})}`;

const HOSTILE: readonly string[] = [
  // Deep recursion, in Lua and in C.
  "local function f() return 1+f() end f()",
  "local function f() return f(f()) end f()",
  "local function f() local ok, e = pcall(f) error(e) end f()",
  "local t = setmetatable({},{}) getmetatable(t).__index = t return t.x",
  "local t = setmetatable({},{}) getmetatable(t).__index = function(t,k) return t[k] end return t.x",
  "local t = setmetatable({},{}) getmetatable(t).__tostring = function(t) return tostring(t) end return tostring(t)",
  "local function f(x) return (string.gsub('a','a',f)) end f()",
  "local function f() coroutine.wrap(f)() end f()",
  "local function f() coroutine.resume(coroutine.create(f)) end f() error('over')",
  "local s = string.rep('(',10000)..'1'..string.rep(')',10000) return loadstring('return '..s)()",
  "return loadstring(string.rep('a=',10000)..'1')()",
  "return loadstring('return '..string.rep('{',10000))()",
  "local s = '' for i=1,300 do s = s..'local a'..i..'=1 ' end return loadstring(s)()",
  // Memory.
  "return string.rep('x',2^31-1)",
  "return string.rep('x',1e10)",
  "return string.rep('abc',1e7)",
  "return string.rep('x',2^30)..string.rep('x',2^30)",
  "local s = 'x' while true do s = s..s end",
  "local t = {} while true do t[#t+1] = string.rep('x',1000000)..#t end",
  "local t = {} for i=1,1e9 do t[i] = {} end",
  "return #table.concat(setmetatable({},{__len=function() return 1e9 end}),'x',1,1e9)",
  "return unpack({},1,1e8)",
  "return string.byte(string.rep('x',1e7),1,-1)",
  "return string.format('%99999d',1)",
  "return select('#',unpack({},1,8000))+select('#',string.byte(string.rep('x',9000),1,-1))",
  // Patterns.
  "return string.find(string.rep('a',300000),string.rep('a?',300000))",
  "return string.find(string.rep('a',1000),string.rep('(a)',40))",
  "return string.match('a','%')",
  "return string.gsub('a','(','%1')",
  "return string.rep('x',100):find(string.rep('[',100))",
  // Metatables, environments and the like.
  "redis.call = nil",
  "string.upper = nil",
  "setmetatable(_G,nil)",
  "setmetatable(_G,{__index=function() return 1 end})",
  "getmetatable(_G).__index = nil",
  "getmetatable('').__index = nil",
  "getmetatable('').x = 1",
  "rawset(_G,'x',1)",
  "rawset(redis,1,1)",
  "table.insert(redis,1) error('over')",
  "table.insert(_G,1) error('over')",
  "table.sort(redis) string[1] = 1",
  "table.setn(redis,5)",
  "for k in pairs(_G) do _G[k] = nil end",
  "setfenv(0,{}) error('over')",
  "setfenv(1,{}) x = 1 string = nil error = nil local a = nil + 1",
  "setfenv(pcall,{}) error('over')",
  "getfenv(0).x = 1",
  "getfenv(pcall).x = 1",
  "setfenv(coroutine.wrap,{})",
  "setfenv(redis.call,{})",
  "setfenv(9,{})",
  "getfenv(coroutine.wrap).x = 1",
  "getfenv(redis.call).x = 1",
  "loadstring('x = 1')()",
  "loadstring('string.upper = 1')()",
  "loadstring(string.dump(function() end))()",
  "load(function() return nil end)() error('over')",
  "collectgarbage('stop') error('over')",
  "collectgarbage('setpause',1e9) error('over')",
  "local u = newproxy(true) getmetatable(u).__gc = function() while true do end end u = nil collectgarbage() error('over')",
  "local u = newproxy(true) getmetatable(u).__gc = function() redis.call('set','gc',1) end u = nil collectgarbage() error('over')",
  "coroutine.yield()",
  "coroutine.wrap(function() coroutine.yield() error('x') end)() coroutine.yield(1)",
  "coroutine.resume(coroutine.running())",
  "local co co = coroutine.create(function() return coroutine.resume(co) end) error(select(3,coroutine.resume(co)))",
  "local co = coroutine.create(function() end) coroutine.resume(co) error(select(2,coroutine.resume(co)))",
  "error(setmetatable({},{__index=function() error('in __index') end}))",
  "error(setmetatable({},{__tostring=function() error('in __tostring') end}))",
  "error(coroutine.create(function() end))",
  "error(newproxy())",
  "error(error)",
  "error({})",
  "error({err={}})",
  "error(redis)",
  "error(_G)",
  "xpcall(error,function() error() end) error('over')",
  "return {err=string.rep('x',1000000)}",
  "return tostring(nosuch)",
  "redis.call(unpack({},1,7000))",
  "redis.call('mget',unpack({},1,7000))",
];

for (const script of HOSTILE) {
  Deno.test(`a script is ended by an error: ${script}`, async () => {
    const local = await start();
    const [before] = local.run(["EVAL", PROBE, "0"]);
    for (let round = 0; round < 2; round++) {
      const [reply] = local.run(["EVAL", script, "0"]);
      assertEquals(reply.type, "-", show(reply));
      assertMatch(reply.text!, /^[A-Z]+ |^x+$/);
    }
    const [after] = local.run(["EVAL", PROBE, "0"]);
    assertEquals(show(after), show(before));
    assertEquals(local.log.filter((line) => line.includes("Internal error")), []);
    const used = /used_memory_vm_eval:(\d+)/.exec(local.ask("INFO", "memory")!)![1];
    assertEquals(Number(used) < 2 ** 26, true, used);
    local.server.stop();
  });
}
