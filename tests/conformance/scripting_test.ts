/** Scripts, compared with redis-server. */
import { assertEquals } from "@std/assert";
import { startFrozenServer } from "../support/frozen_server.ts";
import { rules } from "../support/differential.ts";
import { RespClient } from "../support/resp_client.ts";

/** A request that runs a script without keys; the script is in single quotes. */
const script = (text: string) => `EVAL '${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}' 0`;
const scripts = (...texts: string[]) => texts.map(script).join("\n");

/** The digest of "return 1". */
const SHA1 = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db";
const ZEROS = "0".repeat(40);

rules("scripts", {
  "EVAL hands its words over as KEYS and ARGV, byte for byte": `
    EVAL "return {KEYS[1],KEYS[2],ARGV[1],ARGV[2],ARGV[3]}" 2 k1 k2 a1 a2
    EVAL "return #KEYS..#ARGV" 0
    EVAL "return #KEYS..#ARGV" 1 a
    EVAL "return #KEYS..#ARGV" 0 a b
    EVAL "return ARGV[1]" 0 "a\\x00\\xff\\r\\nb"
    EVAL "return KEYS[1]..ARGV[1]" 1 "" ""`,
  "EVAL wants a number of keys, and as many words": `
    EVAL
    EVAL "return 1"
    EVAL "return 1" x
    EVAL "return 1" 1
    EVAL "return 1" -1
    EVAL "return 1" 9223372036854775807
    EVAL "" 0`,
  "a script of EVAL_RO may only read": `
    EVAL_RO "return {KEYS[1],ARGV[1]}" 1 a b
    EVAL_RO "return redis.call('set','a',1)" 0
    EVAL_RO "return redis.pcall('set','a',1)" 0
    EVAL_RO "return redis.call('publish','a',1)" 0
    EVAL_RO "return redis.call('get','a')" 0`,
  "SCRIPT LOAD replies with the digest under which EVALSHA finds the script, in any case": `
    SCRIPT LOAD "return 1"
    SCRIPT LOAD "return 1"
    EVALSHA ${SHA1} 0
    EVALSHA ${SHA1.toUpperCase()} 0
    EVALSHA_RO ${SHA1} 0
    SCRIPT LOAD`,
  "EVALSHA finds no other script, and reads the number of keys first": `
    SCRIPT LOAD "return 1"
    EVALSHA ${ZEROS} 0
    EVALSHA ${ZEROS} x
    EVALSHA ${SHA1.slice(1)} 0
    EVALSHA ${SHA1} 1
    EVALSHA ${SHA1}
    EVALSHA_RO nosuch 0`,
  "SCRIPT EXISTS knows scripts that were loaded or have run": `
    SCRIPT FLUSH
    SCRIPT LOAD "return 1"
    SCRIPT EXISTS ${SHA1} ${SHA1.toUpperCase()} x
    SCRIPT EXISTS
    EVAL "return 2" 0
    SCRIPT EXISTS 7f923f79fe76194c868d7e1d0820de36700eb649`,
  "SCRIPT FLUSH forgets all scripts": `
    SCRIPT LOAD "return 1"
    SCRIPT FLUSH
    SCRIPT EXISTS ${SHA1}
    EVALSHA ${SHA1} 0
    SCRIPT LOAD "return 1"
    SCRIPT FLUSH SYNC
    EVALSHA ${SHA1} 0
    SCRIPT LOAD "return 1"
    SCRIPT FLUSH async
    EVALSHA ${SHA1} 0
    SCRIPT FLUSH nosuch
    SCRIPT FLUSH SYNC SYNC`,
  "a script that does not compile is not kept": `
    SCRIPT LOAD "return ("
    EVAL "return (" 0`,
  "SCRIPT KILL finds no script, SCRIPT DEBUG takes its three words": `
    SCRIPT KILL
    SCRIPT DEBUG no
    SCRIPT DEBUG nosuch
    SCRIPT
    SCRIPT nosuch`,
  "scripts run within a transaction": `
    MULTI
    SCRIPT LOAD "return 3"
    EVAL "return {redis.call('incr','a'),redis.call('incr','a')}" 0
    EVALSHA ${ZEROS} 0
    GET a
    EXEC`,
});

rules("what scripts return", {
  "a number that a script returns loses its fraction": scripts(
    "return 1",
    "return {3.99,-3.99,-0.5,2^53,2^53+2,2^62,2^63,-2^63,1e300,-1e300,1/0,-1/0}",
  ),
  "a list ends at its first nil": scripts(
    "return {1,2,nil,4}",
  ),
  "true is 1; false, nil and nothing are null": scripts(
    "return true",
    "return false",
    "return nil",
    "return",
    "redis.setresp(3) return nil",
  ),
  "only the first value is returned": scripts(
    "return 'a','b'",
  ),
  "strings and lists may be empty, and lists stand in lists": scripts(
    "return ''",
    "return {}",
    "return {{},{{}},{1,{2,{3}}}}",
  ),
  "a table with ok is a status, whose line ends become spaces": scripts(
    "return {ok='fine'}",
    "return {ok='fine\\r\\nand\\ndandy'}",
    "return {ok='a\\0b'}",
    "return {ok=1}",
  ),
  "a table with err is an error, before it is a status": scripts(
    "return {err='MY error'}",
    "return {err='word'}",
    "return {err=''}",
    "return {err='a\\r\\nb'}",
    "return {err=1}",
    "return {err='a b',ok='c'}",
  ),
  "a list with err or ok among its keys is an error or a status": scripts(
    "return {1,2,err='a b'}",
    "return {1,2,ok=3}",
    "return {a=1}",
  ),
  "an error within a list is one there": scripts(
    "return {{err='a b'},{ok='c'},{err='d'}}",
  ),
  "a table with double is a double": scripts(
    "return {double=3.5}",
    "return {double=3}",
    "return {double=1/0}",
    "return {double='3.5'}",
  ),
  "a table with big_number is a big number": scripts(
    "return {big_number='123456789012345678901234567890'}",
    "return {big_number='12\\r\\n3'}",
    "return {big_number=1}",
  ),
  "a table with verbatim_string is a text with its format": scripts(
    "return {verbatim_string={format='txt',string='some\\r\\ntext'}}",
    "return {verbatim_string={format='longer',string='x'}}",
    "return {verbatim_string={format='a',string='x'}}",
    "return {verbatim_string={string='x'}}",
    "return {verbatim_string={format='txt'}}",
    "return {verbatim_string='x'}",
  ),
  "a table with map is a map, one with set a set": scripts(
    "return {map={a=1}}",
    "return {map={[1]={1,2}}}",
    "return {map={}}",
    "return {map=1}",
    "return {set={a=true}}",
    "return {set={}}",
    "return {set={a=false}}",
    "return {map={a={map={b={set={c=1}}}}}}",
  ),
  "functions and threads are null": scripts(
    "return function() end",
    "return coroutine.create(function() end)",
    "return {function() end,1}",
  ),
  "metatables are not asked": scripts(
    "return setmetatable({},{__index=function() return 1 end})",
    "return setmetatable({},{__index={ok='x'}})",
  ),
  "redis.setresp(3) makes booleans booleans": scripts(
    "redis.setresp(3) return {true,false}",
    "redis.setresp(3) return {double=1.5}",
  ),
  "tables in tables may be so deep and no deeper": scripts(
    "local t={} for i=1,100 do t={t} end return t",
    "local t={} for i=1,400 do t={map={a=t}} end return t",
  ),
});

rules("what commands reply to scripts", {
  "RESP3 gives scripts maps, sets, doubles and nulls": `
    SET s value
    SET n 10
    RPUSH l a b c
    SADD set a
    HSET h f v
    ZADD z 1.5 m
    ${
    scripts(
      "redis.setresp(3) return redis.call('hgetall','h')",
      "redis.setresp(3) return redis.call('hgetall','h').map.f",
      "redis.setresp(3) return redis.call('smembers','set')",
      "redis.setresp(3) return type(redis.call('smembers','set').set.a)",
      "redis.setresp(3) return redis.call('zscore','z','m')",
      "redis.setresp(3) return redis.call('zscore','z','m').double*2",
      "redis.setresp(3) return type(redis.call('get','nosuch'))",
      "redis.setresp(3) return type(redis.call('lpop','nosuch',1))",
      "redis.setresp(3) return redis.call('zrange','z',0,-1,'withscores')",
      "redis.setresp(3) redis.setresp(2) return redis.call('hgetall','h')",
      "redis.setresp(3) return redis.call('get','s')",
    )
  }`,
  "numbers, strings and statuses are numbers, strings and tables with ok": `
    SET s value
    SET n 10
    RPUSH l a b c
    SADD set a
    HSET h f v
    ZADD z 1.5 m
    ${
    scripts(
      "return redis.call('get','s')",
      "return redis.call('set','s','value')",
      "return redis.call('set','s','value').ok",
      "return redis.call('incr','n')",
      "return type(redis.call('incr','n'))",
      "return redis.call('type','s')",
      "return redis.call('GET','s')",
    )
  }`,
  "null is false, also in lists": `
    SET s value
    SET n 10
    RPUSH l a b c
    SADD set a
    HSET h f v
    ZADD z 1.5 m
    ${
    scripts(
      "return redis.call('get','nosuch')",
      "return type(redis.call('get','nosuch'))",
      "return redis.call('mget','s','nosuch','s')",
      "return type(redis.call('mget','s','nosuch')[2])",
      "return type(redis.call('lpop','nosuch',1))",
      "return redis.call('zscore','z','nosuch')",
      "return type(redis.call('zscore','z','nosuch'))",
    )
  }`,
  "lists are lists": `
    SET s value
    SET n 10
    RPUSH l a b c
    SADD set a
    HSET h f v
    ZADD z 1.5 m
    ${
    scripts(
      "return redis.call('lrange','l',0,-1)",
      "return #redis.call('lrange','l',0,-1)",
      "return redis.call('hgetall','h')",
      "return redis.call('smembers','set')",
      "return redis.call('zrange','z',0,-1,'withscores')",
      "return redis.call('zscore','z','m')",
      "return redis.call('xadd','st','1-1','a','b')",
      "return redis.call('xrange','st','-','+')",
    )
  }`,
  "redis.call throws an error, redis.pcall returns it": `
    SET s value
    SET n 10
    RPUSH l a b c
    SADD set a
    HSET h f v
    ZADD z 1.5 m
    ${
    scripts(
      "return redis.call('nosuch')",
      "return redis.pcall('nosuch')",
      "return redis.call('get')",
      "return redis.call('incr','s')",
      "return redis.pcall('incr','s')",
      "return redis.pcall('incr','s').err",
      "return redis.call('lpush','s',1)",
      "redis.call('lpush','s',1)",
      "local ok,e=pcall(redis.call,'lpush','s',1) return {ok and 1 or 0,e}",
      "local ok,e=pcall(function() return redis.call('lpush','s',1) end) return {ok and 1 or 0,e}",
    )
  }`,
  "arguments are strings, or numbers as they are written": `
    SET s value
    SET n 10
    RPUSH l a b c
    SADD set a
    HSET h f v
    ZADD z 1.5 m
    ${
    scripts(
      "return redis.call('set',1,1.5)",
      "return redis.call('get',1)",
      "return redis.call('mget',1,'1',1.0)",
      "redis.call('set','x',3.0) return redis.call('get','x')",
      "redis.call('set','x',1e15) return redis.call('get','x')",
      "redis.call('set','x',1/0) return redis.call('get','x')",
      "redis.call('set','x',2^53) return redis.call('get','x')",
      "redis.call('set','x','a\\0b') return redis.call('get','x')",
      "redis.call('set','x',string.rep('y',300000)) return #redis.call('get','x')",
      "redis.call('set','x',string.rep('y',3000000)) return redis.call('strlen','x')",
    )
  }`,
  "other arguments, or none, are an error": `
    SET s value
    SET n 10
    RPUSH l a b c
    SADD set a
    HSET h f v
    ZADD z 1.5 m
    ${
    scripts(
      "return redis.call()",
      "return redis.pcall()",
      "return redis.call({})",
      "return redis.call('get',{})",
      "return redis.call('get',nil)",
      "return redis.call('get',true)",
    )
  }`,
  "SELECT holds for the script alone": `
    SET s value
    SET n 10
    RPUSH l a b c
    SADD set a
    HSET h f v
    ZADD z 1.5 m
    ${
    scripts(
      "return redis.call('select',1)",
      "redis.call('select',1) redis.call('set','in1',1) return redis.call('get','in1')",
      "return redis.call('get','in1')",
    )
  }`,
  "commands have subcommands, and those that wait do not wait": `
    SET s value
    SET n 10
    RPUSH l a b c
    SADD set a
    HSET h f v
    ZADD z 1.5 m
    ${
    scripts(
      "return redis.call('echo','a')",
      "return redis.call('ping')",
      "return redis.call('config','get','maxmemory')",
      "return redis.call('client','getname')",
      "return redis.call('object','nosuch','l')",
      "return redis.call('object')",
      "return redis.call('xread','block',0,'streams','st','$')",
    )
  }`,
});

rules("commands in scripts", {
  "some commands are not for scripts": scripts(
    ...[
      "eval|return 1|0",
      "evalsha|x|0",
      "multi",
      "exec",
      "discard",
      "watch|a",
      "unwatch",
      "subscribe|a",
      "psubscribe|a",
      "unsubscribe",
      "ssubscribe|a",
      "monitor",
      "hello",
      "auth|a",
      "reset",
      "quit",
      "client|id",
      "client|kill|a",
      "client|reply|on",
      "script|flush",
      "script|load|return 1",
      "script|nosuch",
      "script|help",
      "shutdown",
      "save",
      "bgsave",
      "bgrewriteaof",
      "debug|help",
      "config|set|a|b",
      "acl|whoami",
      "acl|list",
      "replicaof|no|one",
      "cluster|info",
      "migrate|a|1|a|0|1",
      "role",
      "time",
      "latency|latest",
      "slowlog|len",
      "module|list",
      "memory|usage|a",
      "swapdb|0|1",
      "keys|*",
      "scan|0",
      "flushall",
      "dbsize",
      "randomkey",
      "publish|a|b",
      "spublish|a|b",
      "pubsub|channels",
      "command|count",
      "lastsave",
      "readonly",
      "asking",
      "failover",
    ].map((words) => {
      const list = words.split("|").map((word) => `'${word}'`).join(",");
      return `local r=redis.pcall(${list}) return type(r)=='table' and (r.err or r.ok) or 1`;
    }),
  ),
});

rules("errors of scripts", {
  "error() says where, unless its level is 0 or it is given a table": scripts(
    "error('x')",
    "error('x',0)",
    "error('x',2)",
    "error()",
    "error(nil)",
    "error(12)",
    "error(true)",
    "error({err='MY error'})",
    "error({err='word'})",
    "error({err=5})",
    "error(redis.error_reply('MY x'))",
    "error(redis.pcall('nosuch'))",
  ),
  "a fault says where it is": scripts(
    "local x = nil; x.y=1",
    "local x = nil; x()",
    "return 1+{}",
    "return 'a'..{}",
    "return {}<{}",
    "return #5",
  ),
  "the line and the function are told": scripts(
    "\\n\\nerror('x')",
    "local function f() error('x') end\\nf()",
    "local function f()\\nerror('x',2) end\\nf()",
    "local function f() return error('x') end\\nreturn f()",
    "local function f() return redis.call('nosuch') end\\nreturn f()",
    "local function f() redis.call('nosuch') end\\n\\nf()",
    "for i=1,2 do\\nredis.call('get')\\nend",
  ),
  "pcall catches errors, whatever they are": scripts(
    "local ok,e = pcall(function() error('x') end) return e",
    "local ok,e = pcall(function() error({err='MY x'}) end) return e",
    "local ok,e = pcall(function() error({a='x'}) end) return e.a",
    "local ok,e = pcall(error) return tostring(e)",
    "local ok,e = pcall(error,'x') return e",
    "local ok,e = pcall(nil) return e",
    "local ok,e = pcall() return e",
    "local ok,e = pcall(5) return e",
    "return {pcall(function(...) return ... end,1,2,3)}",
    "return {pcall(pcall,pcall,error,'x')}",
    "return {pcall(string.rep)}",
    "return {pcall(string.rep,'x',-1)}",
    "return {xpcall(function() return 1,2 end,error)}",
    "return {xpcall(function() error('x') end,function(e) return 'handled '..e end)}",
    "return {xpcall(function() error('x') end,function(e) error('y') end)}",
    "return {xpcall(function() error({err='a b'}) end,function(e) return e.err end)}",
    "return {xpcall(redis.call,function(e) return type(e) end)}",
    "return {xpcall(5,function(e) return e end)}",
    "local a = xpcall(function() end)",
    "return {select('#',pcall(function() return nil,nil end))}",
  ),
  "recursion without an end is an error": scripts(
    "local function f() return f() end return 1",
    "local function f() return 1+f() end; return f()",
    "local function f() return pcall(f) end; return f()",
    "return string.rep('x',100):rep(2):len()",
  ),
  "assert() throws what it is given": scripts(
    "assert(false)",
    "assert(nil,'x')",
    "assert(1,2,3)",
    "return {assert(1,2,3)}",
    "assert(false,{err='A b'})",
  ),
  "a global that is not there is an error, and none can be made": scripts(
    "return nosuch",
    "nosuch()",
    "local a = nosuch.x",
    "x = 1",
    "function x() end",
    "_G.x = 1",
    "_G['x'] = 1",
    "return _G.nosuch",
    "return _G[1]",
    "return _G[{}]",
    "KEYS = 1",
    "KEYS[1] = 'x' return KEYS[1]",
    "ARGV = 1",
  ),
  "what does not compile says where": scripts(
    "return (",
    "return 1 1",
    "x y z",
    "local a <const> = 1",
    "goto x",
    "return 'unfinished",
    "return [[unfinished",
  ),
  "comments are no code": scripts(
    "return 1 -- comment",
    "-- comment\\nreturn 1",
  ),
  "the first line may name the engine and its flags": scripts(
    "#!lua\\nreturn 1",
    "#!/usr/bin/lua\\nreturn 1",
    "#!lua",
    "#!lua nosuch=1\\nreturn 1",
    "#!lua flags=nosuch\\nreturn 1",
    "#!lua flags=\\nreturn 1",
    "#!lua flags=no-writes\\nreturn 1",
    "#!lua flags=no-writes,allow-oom,allow-stale,no-cluster,allow-cross-slot-keys\\nreturn 2",
    "#!lua flags=no-writes\\nreturn redis.call('set','a',1)",
    "#!lua flags=no-writes flags=allow-oom\\nreturn redis.call('set','a',1)",
    "#!lua name=x\\nreturn 1",
    "#!lua\\nerror('x')",
    "#!lua\\nreturn redis.call('set','a',1)",
    " #!lua\\nreturn 1",
    "#x",
  ),
});

rules("functions of redis", {
  "redis has these functions and constants": scripts(
    "local a={} for k in pairs(redis) do a[#a+1]=k end table.sort(a) return table.concat(a,' ')",
    "return {redis.LOG_DEBUG,redis.LOG_VERBOSE,redis.LOG_NOTICE,redis.LOG_WARNING}",
    "return {redis.REPL_ALL,redis.REPL_AOF,redis.REPL_NONE,redis.REPL_REPLICA,redis.REPL_SLAVE}",
    "return type(redis.REDIS_VERSION)..type(redis.REDIS_VERSION_NUM)",
    "return redis.register_function",
    "return redis.nosuch",
  ),
  "redis.sha1hex() wants one string": scripts(
    "return redis.sha1hex('')",
    "return redis.sha1hex('return 1')",
    "return redis.sha1hex(1.5)",
    "return redis.sha1hex({})",
    "return redis.sha1hex()",
    "return redis.sha1hex('a','b')",
  ),
  "redis.error_reply() begins its text with ERR, unless it is given a code": scripts(
    "return redis.error_reply('MY x')",
    "return redis.error_reply('-MY x')",
    "return redis.error_reply('word')",
    "return redis.error_reply('')",
    "return redis.error_reply('a\\r\\nb')",
    "return redis.error_reply(1)",
    "return redis.error_reply()",
    "return redis.error_reply('a','b')",
    "return redis.error_reply('word').err",
  ),
  "redis.status_reply() wants one string": scripts(
    "return redis.status_reply('fine')",
    "return redis.status_reply(1)",
    "return redis.status_reply()",
    "return redis.status_reply('a\\nb')",
  ),
  "redis.setresp() takes 2 or 3": scripts(
    "return redis.setresp()",
    "return redis.setresp(4)",
    "return redis.setresp('x')",
    "return redis.setresp('3')",
    "return redis.setresp(2,3)",
    "return {redis.setresp(3)}",
  ),
  "redis.set_repl() takes some of its constants": scripts(
    "return redis.set_repl(9)",
    "return redis.set_repl(redis.REPL_NONE)",
    "return redis.set_repl('x')",
  ),
  "redis.log() wants a level and something to write": scripts(
    "return redis.log()",
    "return redis.log(1)",
    "return redis.log('x','y')",
    "return redis.log(99,'y')",
    "return redis.log(-1,'y')",
    "return redis.log(redis.LOG_DEBUG,'y',1,{})",
  ),
  "redis.acl_check_cmd() wants a command that is there": scripts(
    "return redis.acl_check_cmd('get','a')",
    "return redis.acl_check_cmd('nosuch')",
    "return redis.acl_check_cmd()",
    "return redis.acl_check_cmd({})",
  ),
  "what debugged scripts does nothing": scripts(
    "return {redis.breakpoint(),redis.debug(1),redis.replicate_commands()}",
  ),
  "math.random() gives the same numbers after the same seed": scripts(
    "return {math.random()>=0 and 1,math.random(1),math.random(5,5)}",
    "math.randomseed(1) return {math.random(1000),math.random(1000),tostring(math.random())}",
    "math.randomseed(-1) return {math.random(1000),math.random(-5,5)}",
    "math.randomseed(2^31) return {math.random(1000),math.random(1000)}",
    "return math.random(0)",
    "return math.random(2,1)",
    "return math.random(1,2,3)",
    "return math.random('x')",
    "return math.randomseed()",
  ),
});

Deno.test("as in 7.2, and not in 7.0: numbers have the fewest digits, commands that wait may be called", async () => {
  await using server = await startFrozenServer();
  using client = await RespClient.connect(server.port);
  const run = (text: string) => client.ask("EVAL", text, "0");
  const setAndGet = (number: string) =>
    run(`redis.call('set','x',${number}) return redis.call('get','x')`);
  assertEquals(await setAndGet("1e16"), '$"10000000000000000"');
  assertEquals(await setAndGet("-1e300"), '$"-1e+300"');
  assertEquals(await setAndGet("0.1"), '$"0.1"');
  assertEquals(await setAndGet("-0"), '$"0"');
  await client.call("RPUSH", "l", "a");
  assertEquals(await run("return redis.call('blpop','nosuch',0)"), "$ null");
  assertEquals(await run("return redis.call('blpop','l',0)"), '*2[$"l" $"a"]');
  assertEquals(
    await run("redis.set_repl()"),
    '-"ERR redis.set_repl() requires one argument. script: e39b47fd8e0d5dc1c7155bbafcefaf48cf163f82, on @user_script:1."',
  );
});
