/** Libraries of functions, compared with redis-server. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { differential, problem, runScript, withPair } from "../support/differential.ts";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { RunningClock } from "../support/running_clock.ts";

/** A word of a request in double quotes. */
function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** A request that loads a library of this code, in the place of one of the same name. */
function load(code: string, head = "#!lua name=lib"): string {
  return `FUNCTION LOAD REPLACE ${quoted(`${head}\n${code}`)}`;
}

const loads = (...codes: string[]) => codes.map((code) => load(code)).join("\n");
const FLUSH = "FUNCTION FLUSH";

differential(
  "functions get their keys and arguments as tables, and reply as scripts do",
  `
  ${FLUSH}
  ${
    load(`
    redis.register_function('both', function(keys, args) return {keys, args, #keys, #args} end)
    redis.register_function('set', function(keys, args) return redis.call('set', keys[1], args[1]) end)
    redis.register_function{function_name='get', callback=function(keys) return redis.call('get', keys[1]) end, flags={'no-writes'}}
    redis.register_function('resp3', function() redis.setresp(3) return {true, {double=1.5}, {map={a=1}}} end)
    redis.register_function('counted', function() return 1, 2 end)
    redis.register_function('nothing', function() end)
  `)
  }
  FCALL both 2 k1 k2 a1 a2 a3
  FCALL both 0
  FCALL BOTH 0 "\\x00\\xff"
  FCALL_RO both 0
  FCALL set 1 key value
  FCALL get 1 key
  FCALL_RO get 1 key
  FCALL_RO set 1 key other
  FCALL_RO nothing 0
  FCALL resp3 0
  FCALL counted 0
  FCALL nothing 0
  FCALL nosuch 0
  FCALL nosuch x
  FCALL both
  FCALL both x
  FCALL both 1
  FCALL both -1
  FCALL both 9223372036854775808
  FCALL_RO both
  FCALL_RO both 1
  COMMAND GETKEYS FCALL both 2 a b c
  COMMAND GETKEYS FCALL_RO both 1 a b c
  COMMAND GETKEYS FCALL both 0
  MULTI
  FCALL set 1 key queued
  FCALL get 1 key
  FCALL nosuch 0
  EXEC
  GET key
  `,
);

differential(
  "a library is loaded, replaced, listed and deleted by its name",
  `
  ${FLUSH}
  FUNCTION LOAD
  FUNCTION LOAD REPLACE
  FUNCTION LOAD nosuch "#!lua name=a\\nredis.register_function('f', redis.log)"
  FUNCTION LOAD "#!lua name=a\\nredis.register_function('f', function() return 1 end)"
  FUNCTION LOAD "#!lua name=a\\nredis.register_function('f', function() return 2 end)"
  FCALL f 0
  FUNCTION LOAD REPLACE "#!lua name=a\\nredis.register_function('f', function() return 2 end)"
  FUNCTION LOAD replace REPLACE "#!lua name=a\\nredis.register_function('f', function() return 3 end)"
  FCALL f 0
  FUNCTION LOAD "#!lua name=b\\nredis.register_function('f', function() return 4 end)"
  FUNCTION LOAD "#!lua name=b\\nredis.register_function('F', function() return 4 end)"
  FUNCTION LOAD REPLACE "#!lua name=a\\nerror"
  FUNCTION LOAD REPLACE "#!lua name=a\\nreturn 1"
  FCALL f 0
  FUNCTION LIST
  FUNCTION LIST WITHCODE
  FUNCTION LIST WITHCODE LIBRARYNAME A*
  FUNCTION LIST LIBRARYNAME b
  FUNCTION LIST LIBRARYNAME "" WITHCODE
  FUNCTION LIST LIBRARYNAME
  FUNCTION LIST WITHCODE WITHCODE
  FUNCTION LIST LIBRARYNAME a LIBRARYNAME b
  FUNCTION LIST nosuch
  FUNCTION STATS
  FUNCTION DELETE A
  FUNCTION DELETE nosuch
  FUNCTION DELETE
  FUNCTION DELETE a b
  FUNCTION DELETE a
  FCALL f 0
  FUNCTION LIST
  FUNCTION LOAD "#!lua name=b\\nredis.register_function('f', function() return 4 end)"
  FUNCTION FLUSH nosuch
  FUNCTION FLUSH SYNC x
  FUNCTION FLUSH async
  FCALL f 0
  FUNCTION FLUSH SYNC
  FUNCTION STATS
  FUNCTION STATS x
  FUNCTION KILL
  FUNCTION
  FUNCTION nosuch
  FUNCTION HELP x
  `,
);

differential(
  "what is told of a function is what it was registered with",
  `
  ${FLUSH}
  ${
    load(
      "redis.register_function{function_name='f', callback=redis.log, description='what it\\\\0does'," +
        "flags={'no-writes','allow-oom','ALLOW-STALE','no-cluster','allow-cross-slot-keys','no-writes'}}",
    )
  }
  FUNCTION LIST
  ${load("redis.register_function{function_name='g', callback=redis.log, flags={}}")}
  FUNCTION LIST
  ${load("redis.register_function{FUNCTION_NAME='g', Callback=redis.log, description=12}")}
  FUNCTION LIST
  ${load("redis.register_function(12, redis.log)")}
  FUNCTION LIST
  ${FLUSH}
  `,
);

differential(
  "the first line of a library is checked",
  [
    "",
    "#!lua",
    "#!lua\n",
    "#!lua name=\n",
    "#!lua name=a b=c\n",
    "#!lua name=a name=b\n",
    "#!nosuch name=a\n",
    "#! name=a\n",
    "#!\n",
    "#!LUA NAME=a\n",
    '#!lua "name=a b"\n',
    '#!lua "name=a\n',
    "#!lua name=a-b\n",
    "#!lua name=l flags=no-writes\n",
    "#!lua name=_0\n",
    "#",
    " #!lua name=a\n",
  ].map((head) =>
    `FUNCTION LOAD REPLACE ${
      quoted(head + "redis.register_function('first', redis.log)")
    }\n${FLUSH}`
  ).join("\n"),
);

differential(
  "redis.register_function says what is wrong with its arguments",
  loads(
    "redis.register_function()",
    "redis.register_function(1, 2)",
    "redis.register_function({}, redis.log)",
    "redis.register_function('f', 2)",
    "redis.register_function('f', redis.log, 3)",
    "redis.register_function('f')",
    "redis.register_function({})",
    "redis.register_function{function_name=1}",
    "redis.register_function{function_name={}}",
    "redis.register_function{function_name='f', callback=1}",
    "redis.register_function{function_name='f'}",
    "redis.register_function{callback=redis.log}",
    "redis.register_function{function_name='f', callback=redis.log, flags=1}",
    "redis.register_function{function_name='f', callback=redis.log, flags={'nosuch'}}",
    "redis.register_function{function_name='f', callback=redis.log, flags={{}}}",
    "redis.register_function{function_name='f', callback=redis.log, description={}}",
    "redis.register_function{function_name='f', callback=redis.log, nosuch={}}",
    "redis.register_function{[1]=2}",
    "redis.register_function{[true]=2}",
    "redis.register_function('a b', redis.log)",
    "redis.register_function('', redis.log)",
    "redis.register_function('f', redis.log) redis.register_function('f', redis.log)",
  ),
);

differential(
  "while a library is loaded there is nothing but redis.register_function and redis.log",
  loads(
    "return 1",
    "redis.call('ping')",
    "redis.pcall('ping')",
    "redis.setresp(3)",
    "redis.error_reply('x')",
    "redis.sha1hex('')",
    "return redis.nosuch",
    "math.random()",
    "local s = string",
    "local a = nosuch",
    "error('x')",
    "pcall(redis.log)",
    "setmetatable(redis, {})",
    "_G.x = 1",
    "x = 1",
    "function f() end",
    "redis.x = 1",
    "redis[{}] = 1",
    "local x = redis[{}]",
    "local t = {} t.x.y = 1",
    "('x'):nosuch()",
    "redis.log(1)",
    "redis.log('x', 'y')",
    "local function f() return f() + 1 end f()",
    "((",
    "local version, number = redis.REDIS_VERSION_NUM + 0, redis.LOG_WARNING .. ('x'):rep(3)",
    "redis.log(redis.LOG_DEBUG, 'loaded') redis.register_function('f', redis.log)",
  ) + `\n${FLUSH}`,
);

differential(
  "functions see what scripts see, and cannot change it",
  `
  ${FLUSH}
  ${
    load(`
    local r = redis
    local calls = 0
    redis.register_function('count', function() calls = calls + 1 return calls end)
    redis.register_function('call', function(keys, args) return redis.call(unpack(args)) end)
    redis.register_function('pcall', function(keys, args) return redis.pcall(unpack(args)) end)
    redis.register_function('late', function() return r.register_function('x', r.log) end)
    redis.register_function('late_call', function() return r.call('ping') end)
    redis.register_function('missing', function() return redis.register_function end)
    redis.register_function('nosuch', function() return nosuch end)
    redis.register_function('keys', function() return KEYS end)
    redis.register_function('set_global', function() x = 1 end)
    redis.register_function('set_redis', function() redis.x = 1 end)
    redis.register_function('replicate', function() return redis.replicate_commands() end)
    redis.register_function('raise', function() error('my error') end)
    redis.register_function('raise_table', function() error({err='MYCODE text'}) end)
    redis.register_function('reply_error', function() return redis.error_reply('MY error') end)
    redis.register_function('globals', function()
      local names = {}
      for name in pairs(_G) do names[#names + 1] = name end
      table.sort(names)
      return table.concat(names, ' ', 1, 8)
    end)
    redis.register_function('api', function()
      local names = {}
      for name in pairs(redis) do names[#names + 1] = name end
      table.sort(names)
      return names
    end)
  `)
  }
  FCALL count 0
  FCALL count 0
  FCALL call 0 ping
  FCALL call 0
  FCALL call 0 nosuch
  FCALL call 0 incr
  FCALL call 0 subscribe a
  FCALL call 0 function flush
  FCALL call 0 function list
  FCALL call 0 fcall count 0
  FCALL call 0 eval "return 1" 0
  FCALL pcall 0 incr
  FCALL late 0
  FCALL late_call 0
  FCALL missing 0
  FCALL nosuch 0
  FCALL keys 0
  FCALL set_global 0
  FCALL set_redis 0
  FCALL replicate 0
  FCALL raise 0
  FCALL raise_table 0
  FCALL reply_error 0
  FCALL api 0
  FCALL globals 0
  EVAL "return redis.call('function', 'list')" 0
  EVAL "return redis.call('fcall', 'count', 0)" 0
  FCALL count 0
  `,
);

differential(
  "flags say what a function may do",
  `
  ${FLUSH}
  ${
    load(`
    local function set(keys) return redis.call('set', keys[1], 1) end
    local function get(keys) return redis.call('get', keys[1]) end
    redis.register_function('set', set)
    redis.register_function{function_name='set_oom', callback=set, flags={'allow-oom'}}
    redis.register_function{function_name='set_ro', callback=set, flags={'no-writes'}}
    redis.register_function{function_name='get_ro', callback=get, flags={'no-writes'}}
    redis.register_function{function_name='get_stale', callback=get, flags={'allow-stale', 'no-cluster'}}
  `)
  }
  FCALL set 1 a
  FCALL set_ro 1 a
  FCALL get_ro 1 a
  FCALL_RO get_ro 1 a
  FCALL_RO set_ro 1 a
  FCALL_RO set_oom 1 a
  FCALL get_stale 1 a
  CONFIG SET maxmemory 1
  FCALL set 1 a
  FCALL_RO set 1 a
  EVAL "#!lua\\nreturn 1" 0
  EVAL "#!lua flags=no-writes\\nreturn 1" 0
  FCALL set_oom 1 a
  FCALL get_ro 1 a
  FCALL_RO get_ro 1 a
  FUNCTION LOAD "#!lua name=new\\nredis.register_function('n', redis.log)"
  FUNCTION DELETE nosuch
  CONFIG SET maxmemory 0
  CONFIG SET min-replicas-to-write 1
  FCALL set 1 a
  FCALL_RO set 1 a
  EVAL "#!lua\\nreturn 1" 0
  MULTI
  FCALL set 1 a
  FCALL get_ro 1 a
  EXEC
  MULTI
  FCALL get_ro 1 a
  EXEC
  FCALL get_ro 1 a
  FUNCTION LOAD "#!lua name=new\\nredis.register_function('n', redis.log)"
  CONFIG SET min-replicas-to-write 0
  `,
);

differential(
  "users call functions and load libraries as their rules say",
  `
  ${FLUSH}
  ${load("redis.register_function('set', function(keys) return redis.call('set', keys[1], 1) end)")}
  ACL SETUSER caller on nopass +fcall +hello +acl ~a*
  ? ACL DRYRUN caller fcall set 1 a
  ? ACL DRYRUN caller fcall set 1 b
  ? ACL DRYRUN caller fcall_ro set 1 a
  ? ACL DRYRUN caller function list
  ACL SETUSER caller -@all +@scripting
  ? ACL DRYRUN caller function list
  ? ACL DRYRUN caller function load x
  ? ACL DRYRUN caller fcall set 1 a
  ACL SETUSER caller -@all +function|list +hello +auth +acl +fcall
  ? ACL DRYRUN caller function list
  ? ACL DRYRUN caller function flush
  AUTH caller ""
  ? FCALL set 1 a
  ? FCALL set 1 b
  FUNCTION LIST
  ? FUNCTION DUMP
  AUTH default ""
  ACL DELUSER caller
  ~ ACL CAT scripting
  `,
);

/** Sends the payload that one server has dumped to both. */
Deno.test({
  name: `what FUNCTION DUMP replies with is what both servers restore${
    problem === undefined ? "" : ` (skipped: ${problem})`
  }`,
  ignore: problem !== undefined,
  fn: () =>
    withPair(async (pair) => {
      const long = `-- ${"what compresses well ".repeat(40)}\n`;
      await runScript(
        pair,
        `
        ${load(`${long}redis.register_function('f', function() return 'first' end)`)}
        ${load("redis.register_function('g', function() return 'second' end)", "#!lua name=two")}
        `,
        "load",
      );
      for (const dumper of [pair.ours, pair.oracle]) {
        const dumped = (await dumper.call("FUNCTION", "DUMP")).text!;
        const payload = Array.from(
          fromLatin1(dumped),
          (byte) => `\\x${byte.toString(16).padStart(2, "0")}`,
        ).join("");
        await runScript(
          pair,
          `
          FUNCTION DELETE two
          FUNCTION RESTORE "${payload}"
          FUNCTION RESTORE "${payload}" append
          FUNCTION RESTORE "${payload}" nosuch
          FUNCTION RESTORE "${payload}" FLUSH x
          FUNCTION RESTORE "${payload}" REPLACE
          FCALL f 0
          FUNCTION DELETE two
          FUNCTION RESTORE "${payload}"
          FCALL g 0
          ${FLUSH}
          FUNCTION RESTORE "${payload}"
          FCALL f 0
          ${load("redis.register_function('h', redis.log)", "#!lua name=three")}
          FUNCTION RESTORE "${payload}" FLUSH
          FCALL h 1 x
          FCALL f 0
          ${FLUSH}
          ${load("redis.register_function('G', redis.log)", "#!lua name=other")}
          FUNCTION RESTORE "${payload}"
          FUNCTION RESTORE "${payload}" REPLACE
          FCALL f 0
          FUNCTION STATS
          FUNCTION RESTORE "${payload}" FLUSH
          FUNCTION RESTORE "${payload.slice(0, -4)}" FLUSH
          FUNCTION RESTORE "${payload.slice(4)}" FLUSH
          FUNCTION RESTORE "" FLUSH
          FUNCTION RESTORE x
          FCALL g 0
          `,
          dumper === pair.ours ? "our payload" : "its payload",
        );
      }
    }),
});

differential(
  "a payload of anything but libraries restores nothing",
  `
  ${FLUSH}
  ${load("redis.register_function('f', function() return 1 end)")}
  DEBUG SET-SKIP-CHECKSUM-VALIDATION 1
  FUNCTION RESTORE "\\x00\\x01a\\x0a\\x00________" FLUSH
  FUNCTION RESTORE "\\xf5\\x01a\\x0a\\x00________" FLUSH
  FUNCTION RESTORE "\\xf5\\x20a\\x0a\\x00________" FLUSH
  FUNCTION RESTORE "\\xf5\\xc3\\x01\\x01a\\x0a\\x00________" FLUSH
  FCALL f 0
  FUNCTION RESTORE "\\x0a\\x00________"
  FCALL f 0
  FUNCTION RESTORE "\\x0a\\x00________" FLUSH
  FCALL f 0
  DEBUG SET-SKIP-CHECKSUM-VALIDATION 0
  `,
);

Deno.test("a payload of a release candidate of 7.0 is refused", async () => {
  const local = await new LocalServer(new MemoryHost(), {}).start();
  local.run(["DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "1"]);
  const [reply] = local.run(["FUNCTION", "RESTORE", fromLatin1("\xf6\x01a\x0a\x00________")]);
  assertEquals(reply.text, "ERR Pre-GA function format not supported");
  local.server.stop();
});

/** A server on which functions may run for five looks before others are told, and its replies as text. */
async function startSlow(): Promise<LocalServer> {
  const config = { "busy-reply-threshold": "5" };
  return await new LocalServer(new MemoryHost(), config, new RunningClock(1)).start();
}

/** What a call says: its reply, or the message of its error. */
async function said(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A reply as text. */
const inJson = (reply: unknown) =>
  JSON.stringify(reply, (_, value) => value instanceof Map ? Object.fromEntries(value) : value);

const turn = () => new Promise((resolve) => setTimeout(resolve));
const LOOP = "for i = 1, 10000 * 100000 do end";

Deno.test("a function that runs for long is told of by FUNCTION STATS, and ended by FUNCTION KILL", async () => {
  const local = await startSlow();
  const [running, other] = [local.server.session(), local.server.session()];
  const call = (...words: string[]) => said(other.call(...words));
  await call(
    "FUNCTION",
    "LOAD",
    `#!lua name=lib\nredis.register_function('slow', function() ${LOOP} end)`,
  );
  const reply = said(running.call("FCALL", "slow", "1", "key", "argument"));
  await turn();
  const BUSY =
    "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.";
  assertEquals(await call("PING"), BUSY);
  assertEquals(await call("SCRIPT", "KILL"), BUSY);
  assertEquals(await call("FUNCTION", "LIST"), BUSY);
  const stats = inJson(await call("FUNCTION", "STATS"));
  assertMatch(stats, /"name":"slow"/);
  assertMatch(stats, /"command":\["FCALL","slow","1","key","argument"\]/);
  assertMatch(stats, /"duration_ms":[1-9]/);
  assertEquals(await call("FUNCTION", "KILL"), "OK");
  assertMatch(
    String(await reply),
    /^ERR Script killed by user with SCRIPT KILL\.\.\. script: slow, on @user_function:2\.$/,
  );
  assertEquals(await call("FUNCTION", "KILL"), "NOTBUSY No scripts in execution right now.");
  local.server.stop();
});

Deno.test("while a script of EVAL runs FUNCTION STATS says that the server is busy", async () => {
  const local = await startSlow();
  const [running, other] = [local.server.session(), local.server.session()];
  const reply = said(running.call("EVAL", LOOP, "0"));
  await turn();
  const BUSY =
    "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";
  assertEquals(await said(other.call("FUNCTION", "STATS")), BUSY);
  assertEquals(await said(other.call("FUNCTION", "KILL")), BUSY);
  assertEquals(await other.call("SCRIPT", "KILL"), "OK");
  await reply;
  local.server.stop();
});

Deno.test("a library that takes too long to load is refused, and nothing of it stays", async () => {
  const local = await new LocalServer(new MemoryHost(), {}, new RunningClock(100)).start();
  const session = local.server.session();
  const call = (...words: string[]) => said(session.call(...words));
  const library = (code: string) =>
    `#!lua name=lib\nredis.register_function('f', redis.log) ${code}`;
  assertEquals(
    await call("FUNCTION", "LOAD", library("while true do end")),
    "ERR Error registering functions: ERR FUNCTION LOAD timeout",
  );
  assertEquals(await call("FCALL", "f", "0"), "ERR Function not found");
  assertEquals(await call("FUNCTION", "LOAD", library("for i = 1, 200000 do end")), "lib");
  local.server.stop();
});

Deno.test("a function that has given itself other globals keeps them, as in 7.2", async () => {
  const local = await new LocalServer(new MemoryHost(), {}).start();
  const session = local.server.session();
  const call = (...words: string[]) => said(session.call(...words));
  const code = `
    redis.register_function('f', function() setfenv(1, {redis = redis}) return redis.LOG_NOTICE end)
    redis.register_function('g', function() return type(setfenv) end)`;
  await call("FUNCTION", "LOAD", `#!lua name=lib${code}`);
  assertEquals(await call("FCALL", "f", "0"), 2);
  assertEquals(
    await call("FCALL", "f", "0"),
    "ERR user_function:2: attempt to call global 'setfenv' (a nil value) script: f, on @user_function:2.",
  );
  assertEquals(await call("FCALL", "g", "0"), "function");
  local.server.stop();
});

Deno.test("functions go on when the machine that ran them is given up", async () => {
  const local = await new LocalServer(new MemoryHost(), {}).start();
  const session = local.server.session();
  const call = (...words: string[]) => said(session.call(...words));
  await call(
    "FUNCTION",
    "LOAD",
    "#!lua name=a\nlocal calls = 0\n" +
      "redis.register_function('count', function() calls = calls + 1 return calls end)\n" +
      "redis.register_function('spoil', function() table.insert(string, 1) end)",
  );
  await call(
    "FUNCTION",
    "LOAD",
    "#!lua name=b\nredis.register_function('b', function() return 'b' end)",
  );
  assertEquals([await call("FCALL", "count", "0"), await call("FCALL", "count", "0")], [1, 2]);
  await call("FCALL", "spoil", "0");
  assertEquals(await call("FCALL", "b", "0"), "b");
  assertEquals(await call("FCALL", "count", "0"), 1);
  assertEquals(await call("FUNCTION", "DELETE", "a"), "OK");
  assertEquals(await call("FCALL", "b", "0"), "b");
  local.server.stop();
});

Deno.test("FUNCTION FLUSH gives memory back, and FLUSHALL and SCRIPT FLUSH leave functions alone", async () => {
  const local = await new LocalServer(new MemoryHost(), {}).start();
  const session = local.server.session();
  const call = (...words: string[]) => said(session.call(...words));
  const figure = async (name: string) =>
    Number(new RegExp(`\r\n${name}:(\\d+)`).exec(String(await call("INFO", "memory")))![1]);
  const figures = () =>
    Promise.all(
      "number_of_libraries number_of_functions used_memory_functions used_memory_vm_functions"
        .split(" ").map(figure),
    );
  assertEquals(await figures(), [0, 0, 0, 0]);
  await call(
    "FUNCTION",
    "LOAD",
    `#!lua name=a\n-- ${"x".repeat(100_000)}\n` +
      "redis.register_function('f', redis.log) redis.register_function('g', redis.log)",
  );
  await call("FLUSHALL");
  await call("SCRIPT", "FLUSH");
  const [libraries, functions, bytes, machineBytes] = await figures();
  assertEquals([libraries, functions], [1, 2]);
  assertEquals([bytes > 100_000, bytes < 102_000, machineBytes > 10_000], [true, true, true]);
  const statistics = inJson(await call("MEMORY", "STATS"));
  assertStringIncludes(statistics, `"functions.caches":${bytes}`);
  const usedBefore = await figure("used_memory");
  await call("FUNCTION", "FLUSH");
  assertEquals(await figures(), [0, 0, 0, 0]);
  assertEquals(usedBefore - await figure("used_memory"), bytes);
  local.server.stop();
});
