/** Scripts that run for long: others are told, and can end them. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Session } from "../../src/session/session.ts";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { until } from "../support/until.ts";
import { RunningClock } from "../support/running_clock.ts";

const BUSY =
  "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";

/** A server on which scripts may run for five looks before others are told. */
async function start(directives: Record<string, string> = {}, stepMs = 1): Promise<LocalServer> {
  const config = { "busy-reply-threshold": String(5 * stepMs), ...directives };
  return await new LocalServer(new MemoryHost(), config, new RunningClock(stepMs)).start();
}

/** What a call says: its reply, or the message of its error. */
async function said(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    return (error as Error).message;
  }
}

const call = (session: Session, ...words: string[]) => said(session.call(...words));
/** Lets timers run that wait for no time to pass: a script that is paused goes on by one. */
const turn = () => new Promise((resolve) => setTimeout(resolve));
/** A loop of about `looks` hundred thousand steps. */
const loop = (looks: number) => `for i=1,${looks * 100_000} do end`;

Deno.test("while a script runs for long others are told that the server is busy, and its reply comes in the end", async () => {
  const { server } = await start();
  using running = server.session();
  using other = server.session();
  const reply = call(running, "EVAL", `${loop(60)} return 'done'`, "0");
  const told = [
    await call(other, "GET", "a"),
    await call(other, "EVAL", "return 1", "0"),
    await call(other, "MULTI"),
    await call(other, "SET", "a", "1"),
    await call(other, "EXEC"),
    await call(other, "DISCARD"),
    await call(other, "SHUTDOWN"),
    await call(other, "PING"),
  ];
  assertEquals(told, [
    BUSY,
    BUSY,
    "OK",
    BUSY,
    "EXECABORT Transaction discarded because of: BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    "ERR DISCARD without MULTI",
    BUSY,
    BUSY,
  ]);
  assertEquals(await reply, "done");
  assertEquals(await call(other, "GET", "a"), null);
  server.stop();
});

Deno.test("SCRIPT KILL ends a script that has written nothing", async () => {
  const { server } = await start();
  using running = server.session();
  using other = server.session();
  assertEquals(
    await call(other, "SCRIPT", "KILL"),
    "NOTBUSY No scripts in execution right now.",
  );
  for (
    const script of [
      "while true do end",
      "while true do pcall(function() while true do end end) end",
      "while true do pcall(pcall,pcall,function() while true do end end) end",
      "while true do xpcall(function() while true do end end,function(e) return e end) end",
      "while true do coroutine.wrap(function() while true do end end)() end",
      "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
      "local f f=function() pcall(f) while true do end end f()",
      "while true do redis.call('get','a') end",
      "while true do redis.pcall('nosuch') end",
    ]
  ) {
    const reply = call(running, "EVAL", script, "0");
    assertEquals(await call(other, "SCRIPT", "KILL"), "OK", script);
    assertMatch(
      String(await reply),
      /^ERR Script killed by user with SCRIPT KILL\.\.\. script: \w{40}, on @user_script:1\.$/,
      script,
    );
    assertEquals(await call(other, "EVAL", "return 1", "0"), 1);
  }
  server.stop();
});

Deno.test("a script that has written cannot be killed, and what it writes is seen at once, at its end", async () => {
  const { server } = await start();
  using running = server.session();
  using other = server.session();
  using waiting = server.session();
  const popped = call(waiting, "BLPOP", "l", "0");
  const reply = call(
    running,
    "EVAL",
    `redis.call('rpush','l','a','b') ${loop(40)} redis.call('del','l') return 'done'`,
    "0",
  );
  assertMatch(String(await call(other, "SCRIPT", "KILL")), /^UNKILLABLE Sorry the script already/);
  assertEquals(await call(other, "GET", "a"), BUSY);
  assertEquals(await reply, "done");
  await call(other, "RPUSH", "l", "c");
  assertEquals(await popped, ["l", "c"]);
  server.stop();
});

Deno.test("keys do not expire while a script runs, and time goes on after it", async () => {
  const { server } = await start();
  using running = server.session();
  await call(running, "SET", "a", "1", "PX", "20");
  assertEquals(
    await call(running, "EVAL", `${loop(60)} return redis.call('get','a')`, "0"),
    "1",
  );
  const times = `local a = redis.call('time') ${loop(20)} local b = redis.call('time')
    return {a[1] == b[1], a[2] == b[2]}`;
  assertEquals(await call(running, "EVAL", times, "0"), [1, 1]);
  assertEquals(await call(running, "GET", "a"), null);
  server.stop();
});

Deno.test("a transaction with scripts that run for long goes on behind each of them", async () => {
  const local = await start();
  const { server } = local;
  using running = server.session();
  using other = server.session();
  await call(running, "MULTI");
  await call(running, "SET", "a", "1");
  await call(running, "EVAL", `${loop(40)} return redis.call('incr','a')`, "0");
  await call(running, "INCR", "a");
  await call(running, "EVAL", `${loop(40)} return redis.call('incr','a')`, "0");
  await call(running, "INCR", "a");
  const reply = call(running, "EXEC");
  assertEquals(await call(other, "GET", "a"), BUSY);
  assertEquals(await reply, ["OK", 2, 3, 4, 5]);
  assertEquals(await call(other, "GET", "a"), "5");
  server.stop();
});

Deno.test("a script goes on when its client has gone", async () => {
  const { server } = await start();
  using other = server.session();
  {
    using running = server.session();
    const reply = call(
      running,
      "EVAL",
      `redis.call('set','a',1) ${loop(40)} redis.call('set','b',1)`,
      "0",
    );
    assertEquals(await call(other, "GET", "a"), BUSY);
    running.close();
    await reply;
  }
  await until("the end of the script", async () => {
    await turn();
    return await call(other, "GET", "b") !== BUSY;
  });
  assertEquals(await call(other, "MGET", "a", "b"), ["1", "1"]);
  server.stop();
});

Deno.test("a script that cannot be paused is ended after a while", async () => {
  const { server } = await start({}, 500);
  using running = server.session();
  for (
    const script of [
      "string.gsub('a','a',function() while true do end end)",
      "table.sort({1,2,3},function() while true do end end)",
      "local t=setmetatable({},{__index=function() while true do end end}) return t.a",
      "for a in function() while true do end end do end",
      "string.gsub('a','a',function() pcall(function() while true do end end) while true do end end)",
      "while true do string.gsub('a','a',function() while true do end end) end",
    ]
  ) {
    const reply = await call(running, "EVAL", `redis.call('set','a',1) ${script}`, "0");
    assertStringIncludes(String(reply), "where it cannot be paused", script);
    assertEquals(await call(running, "EVAL", "return 1", "0"), 1);
  }
  server.stop();
});

Deno.test("busy-reply-threshold 0 lets a script run", async () => {
  const { server } = await start({ "busy-reply-threshold": "0" });
  using running = server.session();
  assertEquals(running.callNow("EVAL", `${loop(60)} return 1`, "0"), 1);
  server.stop();
});

Deno.test("coroutines work across pauses", async () => {
  const { server } = await start();
  using running = server.session();
  const script = `
    local function count(n) for i=1,n do ${loop(4)} coroutine.yield(i) end return 'end' end
    local co = coroutine.create(count)
    local seen = {}
    while true do
      local ok, value = coroutine.resume(co, 3)
      seen[#seen+1] = tostring(value)
      if coroutine.status(co) == 'dead' then break end
    end
    for value in coroutine.wrap(function() count(2) end) do seen[#seen+1] = value end
    local ok, e = pcall(function() ${loop(20)} error('x') end)
    seen[#seen+1] = e
    local a, b, c = select(2, pcall(function(...) ${loop(20)} return ... end, 1, nil, 3))
    seen[#seen+1] = tostring(a)..tostring(b)..tostring(c)
    return table.concat(seen, ' ')`;
  assertEquals(
    await call(running, "EVAL", script, "0"),
    "1 2 3 end 1 2 user_script:11: x 1nil3",
  );
  server.stop();
});

Deno.test("SHUTDOWN NOSAVE ends the server, whatever a script does", async () => {
  const { server } = await start();
  using running = server.session();
  using other = server.session();
  const reply = call(running, "EVAL", "redis.call('set','a',1) while true do end", "0");
  assertEquals(await call(other, "GET", "a"), BUSY);
  const shutdown = call(other, "SHUTDOWN", "NOSAVE");
  await server.stopRequested;
  server.stop();
  await Promise.all([reply, shutdown]);
});
