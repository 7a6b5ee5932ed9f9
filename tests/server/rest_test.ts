/** Redis over HTTP as Upstash serves it: how commands are written, what comes back, and what is refused. */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { READ_ONLY_TOKEN, startWebServer, TOKEN } from "../support/web_client.ts";

Deno.test("a command is an array in the body", async () => {
  await using web = await startWebServer();
  const { status, json, headers } = await web.send("/", {
    body: ["SET", "key", "välue", "EX", 10],
  });
  assertEquals([status, json], [200, { result: "OK" }]);
  assertEquals(headers.get("content-type"), "application/json");
  assertEquals(await web.call("get", "key"), "välue");
  assertEquals(await web.call("ttl", "key"), 10);
  assertEquals(await web.call("get", "nosuch"), null);
  assertEquals((await web.send("/", { method: "PUT", body: ["PING"] })).json, { result: "PONG" });
});

Deno.test("a command is a path, with the body as its last argument and the query behind it", async () => {
  await using web = await startWebServer();
  assertEquals((await web.send("/set/foo/bar/EX/100")).json, { result: "OK" });
  assertEquals(await web.call("ttl", "foo"), 100);
  assertEquals((await web.send("/set/foo?EX=50&XX", { body: "new" })).json, { result: "OK" });
  assertEquals([await web.call("get", "foo"), await web.call("ttl", "foo")], ["new", 50]);
  assertEquals((await web.send("/set/foo?NX=", { body: "other" })).json, { result: null });
  assertEquals((await web.send("/mget/foo/nosuch")).json, { result: ["new", null] });
  assertEquals((await web.send(`/get/foo?_token=${TOKEN}`, { token: "" })).json, { result: "new" });
  assertEquals((await web.send("/info?server=")).status, 200);
});

Deno.test("the parts of a path are bytes", async () => {
  await using web = await startWebServer();
  await web.send("/set/a%2Fb%20c%C3%A9/%00%ff%zz%");
  assertEquals(await web.call("exists", "a/b cé"), 1);
  const { headers, text } = await web.send("/get/a%2fb%20c%c3%a9", {
    headers: { "upstash-response-format": "resp2" },
  });
  assertEquals(headers.get("content-type"), "application/octet-stream");
  assertMatch(text, /^\$6\r\n\0.*%zz%\r\n$/);
  assertEquals((await web.send("/set/empty/")).json, { result: "OK" });
  assertEquals(await web.call("strlen", "empty"), 0);
  assertEquals((await web.send("/append/plus?a+b=c+d")).status, 400);
  assertEquals((await web.send("/append/plus?a+b")).json, { result: 3 });
  await web.send("/set/binary", { body: Uint8Array.of(0, 255, 13, 10) });
  assertEquals(await web.call("strlen", "binary"), 4);
});

Deno.test("numbers are passed on as they are written", async () => {
  await using web = await startWebServer();
  const body = '["RPUSH","k",12345678901234567890,1e999,0.10,-0,1E2,true,false,""]';
  assertEquals((await web.send("/", { body })).json, { result: 8 });
  assertEquals(await web.call("lrange", "k", 0, -1), [
    ..."12345678901234567890 1e999 0.10 -0 1E2 true false".split(" "),
    "",
  ]);
  const pipeline = '[["ECHO",1.50],["ECHO","1.50"]]';
  assertEquals(
    (await web.send("/pipeline", { body: pipeline })).text,
    '[{"result":"1.50"},{"result":"1.50"}]',
  );
  await web.call("set", "large", "9223372036854775806");
  assertEquals((await web.send("/incr/large")).text, '{"result":9223372036854775807}');
});

Deno.test("replies are JSON as of RESP2", async () => {
  await using web = await startWebServer();
  await web.call("hset", "hash", "a", "1", "b", "2");
  await web.call("zadd", "zset", "1.5", "m");
  assertEquals(await web.call("hgetall", "hash"), ["a", "1", "b", "2"]);
  assertEquals(await web.call("zrange", "zset", 0, -1, "withscores"), ["m", "1.5"]);
  assertEquals(await web.call("eval", "return {1,{'a',false,{}},redis.status_reply('x')}", 0), [
    1,
    ["a", null, []],
    "x",
  ]);
  await web.call("xadd", "stream", "1-1", "f", "v");
  assertEquals(await web.call("xread", "streams", "stream", "0"), [["stream", [["1-1", [
    "f",
    "v",
  ]]]]]);
  await web.call("set", "bom", "\ufeffx");
  assertEquals(await web.call("get", "bom"), "\ufeffx");
});

Deno.test("with Upstash-Encoding every string but OK is in base64", async () => {
  await using web = await startWebServer();
  const headers = { "upstash-encoding": "base64" };
  const send = async (...body: unknown[]) => (await web.send("/", { body, headers })).json;
  assertEquals(await send("set", "k", "OK"), { result: "OK" });
  assertEquals(await send("get", "k"), { result: btoa("OK") });
  assertEquals(await send("ping"), { result: btoa("PONG") });
  assertEquals(await send("mget", "k", "nosuch"), { result: [btoa("OK"), null] });
  await web.send("/set/b", { body: Uint8Array.of(0, 254, 255) });
  assertEquals(await send("get", "b"), { result: "AP7/" });
  assertEquals(await send("nosuch"), {
    error: "ERR unknown command 'nosuch', with args beginning with: ",
  });
  const large = "x".repeat(300_000);
  await web.call("set", "large", large);
  assertEquals(atob((await send("get", "large")).result), large);
});

Deno.test("with Upstash-Response-Format resp2 the reply comes as it is", async () => {
  await using web = await startWebServer();
  const headers = { "upstash-response-format": "resp2" };
  const send = (path: string, body: unknown) => web.send(path, { body, headers });
  assertEquals((await send("/", ["set", "k", "v"])).text, "+OK\r\n");
  assertEquals((await send("/", ["get", "k"])).text, "$1\r\nv\r\n");
  const failed = await send("/", ["incr", "k"]);
  assertEquals(failed.status, 400);
  assertEquals(failed.text, "-ERR value is not an integer or out of range\r\n");
  const list = await send("/pipeline", [["get", "k"], ["incr", "k"], ["exists", "k"]]);
  assertEquals(list.text, "$1\r\nv\r\n-ERR value is not an integer or out of range\r\n:1\r\n");
  assertEquals((await send("/multi-exec", [["get", "k"]])).status, 400);
  const both = { ...headers, "upstash-encoding": "base64" };
  assertEquals((await web.send("/get/k", { headers: both })).status, 400);
  assertEquals(
    (await web.send("/get/k", { headers: { "upstash-response-format": "xml" } })).status,
    400,
  );
  assertEquals(
    (await web.send("/get/k", { headers: { "upstash-response-format": "json" } })).json,
    { result: "v" },
  );
});

Deno.test("a pipeline runs each command and tells of each", async () => {
  await using web = await startWebServer();
  const body = [["SET", "key1", "valuex"], ["SETEX", "key2", 13, "z"], ["INCR", "key1"], [
    "ZADD",
    "s",
    11,
    "a",
    22,
    "b",
  ]];
  const { status, json } = await web.send("/pipeline", { body });
  assertEquals(status, 200);
  assertEquals(json, [
    { result: "OK" },
    { result: "OK" },
    { error: "ERR value is not an integer or out of range" },
    { result: 2 },
  ]);
  const many = Array.from({ length: 5000 }, (_, i) => ["INCRBY", "sum", i]);
  const sums = await web.send("/pipeline", { body: many });
  assertEquals(sums.json.length, 5000);
  assertEquals(sums.json[4999], { result: 5000 * 4999 / 2 });
});

Deno.test("a transaction runs as a whole or not at all", async () => {
  await using web = await startWebServer();
  const good = await web.send("/multi-exec", {
    body: [["SET", "k", "x"], ["INCR", "k"], ["GET", "k"]],
  });
  assertEquals(good.status, 200);
  assertEquals(good.json, [
    { result: "OK" },
    { error: "ERR value is not an integer or out of range" },
    { result: "x" },
  ]);
  const bad = await web.send("/multi-exec", { body: [["SET", "k", "y"], ["GET"], ["NOSUCH"]] });
  assertEquals(bad.status, 400);
  assertMatch(bad.json.error, /^EXECABORT .*wrong number of arguments for 'get' command/);
  assertEquals(await web.call("get", "k"), "x");
  const others = await Promise.all(
    Array.from(
      { length: 50 },
      () => web.send("/multi-exec", { body: [["INCR", "n"], ["INCR", "n"]] }),
    ),
  );
  for (const { json: [{ result: first }, { result: second }] } of others) {
    assertEquals(second, first + 1);
  }
});

Deno.test("a command that fails is answered with 400 and its error", async () => {
  await using web = await startWebServer();
  const cases: [unknown, RegExp][] = [
    [["GET"], /^ERR wrong number of arguments for 'get' command$/],
    [["NOSUCH", "a"], /^ERR unknown command 'NOSUCH', with args beginning with: 'a' $/],
    [[], /^ERR empty command$/],
    [{ a: 1 }, /no JSON array/],
    ["not json", /no JSON$/],
    [["GET", null], /^ERR null args are not supported$/],
    [["GET", ["a"]], /array or object/],
    [["GET", {}], /array or object/],
    ["\x80", /no JSON/],
    [Uint8Array.of(0x22, 0xff, 0x22), /no UTF-8/],
    [[""], /^ERR unknown command ''/],
  ];
  for (const [body, error] of cases) {
    const { status, json } = await web.send("/", { body });
    assertEquals(status, 400);
    assertMatch(json.error, error);
  }
  for (const path of ["/pipeline", "/multi-exec"]) {
    for (const body of [[], {}, ["GET", "k"], [["GET", "k"], "x"], "[", [[]]]) {
      assertEquals((await web.send(path, { body })).status, 400, `${path} ${JSON.stringify(body)}`);
    }
  }
});

Deno.test("what is about a connection, and what waits, is refused", async () => {
  await using web = await startWebServer();
  const refused = [
    ..."multi exec discard watch unwatch auth hello select reset quit monitor subscribe post".split(
      " ",
    ).map((name) => [name, "0"]),
    ["CLIENT", "SETNAME", "x"],
    ["client", "reply", "off"],
    ["BLPOP", "list", 0],
    ["bzpopmin", "zset", 0],
    ["WAIT", 0, 0],
    ["XREAD", "COUNT", 1, "BLOCK", 0, "STREAMS", "s", "$"],
    ["XREADGROUP", "GROUP", "g", "c", "BLOCK", 0, "STREAMS", "s", ">"],
  ];
  for (const words of refused) {
    for (
      const [path, body] of [["/", words], ["/pipeline", [["PING"], words]], ["/multi-exec", [
        words,
      ]]] as const
    ) {
      const { status, json } = await web.send(path, { body });
      assertEquals(status, 400, `${words}`);
      assertMatch(json.error, /^ERR Command is not available over HTTP: '/);
    }
  }
  await web.call("xgroup", "create", "s", "block", "$", "mkstream");
  assertEquals(await web.call("xreadgroup", "group", "block", "block", "streams", "s", ">"), null);
  assertEquals(await web.call("xread", "streams", "block", "0"), null);
  assertEquals(typeof await web.call("client", "list"), "string");
  assertEquals(await web.call("ping"), "PONG");
});

Deno.test("without a right token nothing is answered", async () => {
  await using web = await startWebServer();
  const missing = await web.send("/get/k", { token: "" });
  assertEquals([missing.status, missing.json], [401, { error: "Unauthorized" }]);
  for (
    const token of ["x", `${TOKEN}x`, TOKEN.slice(1), TOKEN.toUpperCase(), "AAAA", "ZGVmYXVsdAB4"]
  ) {
    const wrong = await web.send("/get/k", { token });
    assertEquals(wrong.status, 401, token);
    assertEquals(wrong.json, { error: "WRONGPASS invalid or missing auth token" });
    assertEquals((await web.send(`/get/k?_token=${token}`, { token: "" })).status, 401);
  }
  // The header decides if there is one.
  assertEquals((await web.send(`/get/k?_token=${TOKEN}`, { token: "x" })).status, 401);
  const basic = { authorization: `Basic ${btoa(`default:${TOKEN}`)}` };
  assertEquals((await web.send("/get/k", { headers: basic })).status, 401);
});

Deno.test("whoever brings wrong tokens too often waits, and right ones still are let in", async () => {
  await using web = await startWebServer();
  assertEquals(await web.call("ping"), "PONG");
  for (let i = 0; i < 20; i++) {
    assertEquals((await web.send("/ping", { token: `wrong${i}` })).status, 401);
  }
  const blocked = await web.send("/ping", { token: "wrong" });
  assertEquals([blocked.status, blocked.headers.get("retry-after")], [429, "60"]);
  assertEquals((await web.send("/ping", { token: READ_ONLY_TOKEN })).status, 429);
  assertEquals(await web.call("ping"), "PONG");
  web.redis.clock.advance({ seconds: 60 });
  assertEquals((await web.send("/ping", { token: "wrong" })).status, 401);
  assertEquals((await web.send("/ping", { token: READ_ONLY_TOKEN })).status, 200);
});

Deno.test("the read-only token reads, and changes nothing", async () => {
  await using web = await startWebServer();
  await web.call("set", "k", "v");
  await web.call("rpush", "l", "b", "a");
  const token = READ_ONLY_TOKEN;
  for (
    const words of [["get", "k"], ["lrange", "l", 0, -1], ["ttl", "k"], ["ping"], ["dbsize"], [
      "exists",
      "k",
    ]]
  ) {
    assertEquals((await web.send("/", { body: words, token })).status, 200, `${words}`);
  }
  const denied = [
    ["set", "k", "x"],
    ["del", "k"],
    ["keys", "*"],
    ["scan", 0],
    ["eval", "return 1", 0],
    ["getdel", "k"],
    ["sort", "l", "store", "k"],
    ["bitfield", "k", "set", "u8", 0, 1],
    ["config", "get", "http-token"],
    ["acl", "list"],
    ["client", "list"],
    ["flushall"],
    ["publish", "c", "m"],
  ];
  for (const words of denied) {
    const { status, json } = await web.send("/", { body: words, token });
    assertEquals(status, 400, `${words}`);
    assertMatch(json.error, /^NOPERM User default_ro has no permissions/);
    const [{ error }] = (await web.send("/pipeline", { body: [words], token })).json;
    assertMatch(error, /^NOPERM/);
  }
  assertEquals(
    (await web.send("/multi-exec", { body: [["get", "k"], ["del", "k"]], token })).status,
    400,
  );
  assertEquals((await web.send("/subscribe/c", { token })).status, 400);
  assertEquals((await web.send("/monitor", { token })).status, 400);
  assertEquals(await web.call("get", "k"), "v");
});

Deno.test("ACL RESTTOKEN makes a token with a user's rights, which ends with its password", async () => {
  await using web = await startWebServer();
  await web.call("acl", "setuser", "ada", "on", ">pa:ss\u00e9 ", "~a:*", "+@all");
  const token = await web.call("acl", "resttoken", "ada", "pa:ss\u00e9 ");
  assertEquals((await web.send("/set/a:1/x", { token })).json, { result: "OK" });
  assertMatch((await web.send("/set/b:1/x", { token })).json.error, /^NOPERM/);
  assertEquals((await web.send("/acl/whoami", { token })).json, { result: "ada" });
  const wrong = await web.send("/acl/resttoken/ada/other");
  assertEquals(wrong.json, { error: 'ERR Wrong password or user "ada" does not exist' });
  assertEquals((await web.send("/acl/resttoken/eve/other")).status, 400);
  // The default user needs no password here, so anybody could make the token.
  assertMatch((await web.send("/acl/resttoken/default/any")).json.error, /has no password/);
  await web.call("acl", "setuser", "ada", "resetpass", ">new");
  assertEquals((await web.send("/get/a:1", { token })).status, 401);
  const next = await web.call("acl", "resttoken", "ada", "new");
  assertEquals((await web.send("/get/a:1", { token: next })).status, 200);
  await web.call("acl", "setuser", "ada", "off");
  assertEquals((await web.send("/get/a:1", { token: next })).status, 401);
  await web.call("acl", "deluser", "ada");
  assertEquals((await web.send("/get/a:1", { token: next })).status, 401);
  assert(!JSON.stringify(await web.call("slowlog", "get", 100)).includes("pa:ss"));
});

Deno.test("upstash-sync-token is another one after every change", async () => {
  await using web = await startWebServer();
  const tokenAfter = async (path: string, body: unknown) =>
    (await web.send(path, { body })).headers.get("upstash-sync-token");
  let last = await tokenAfter("/", ["GET", "k"]);
  assert(last !== null);
  assertEquals(await tokenAfter("/", ["GET", "k"]), last);
  const writes: [string, unknown][] = [
    ["/", ["SET", "k", "1"]],
    ["/pipeline", [["GET", "k"], ["INCR", "k"]]],
    ["/multi-exec", [["INCR", "k"]]],
    ["/", ["EVAL", "return redis.call('INCR', KEYS[1])", 1, "k"]],
    ["/", ["XADD", "s", "*", "f", "v"]],
    ["/", ["FLUSHALL"]],
  ];
  for (const [path, body] of writes) {
    const next = await tokenAfter(path, body);
    assertNotEquals(next, last, `${body}`);
    last = next;
    assertEquals(await tokenAfter("/pipeline", [["GET", "k"]]), last);
  }
});

Deno.test("a request that is held up holds up no other", async () => {
  await using web = await startWebServer();
  await web.call("client", "pause", 1000, "write");
  let isDone = false;
  const write = web.call("set", "k", "v").then(() => isDone = true);
  assertEquals(await web.call("get", "k"), null);
  assertEquals(isDone, false);
  await web.call("client", "unpause");
  await write;
  assertEquals(await web.call("get", "k"), "v");
});

Deno.test("sessions are used again, and those of a removed user are gone", async () => {
  await using web = await startWebServer();
  const { clients } = web.redis.running.server;
  for (let i = 0; i < 50; i++) await web.call("ping");
  assertEquals(clients.size, 1);
  await Promise.all(Array.from({ length: 200 }, () => web.call("ping")));
  assertEquals(clients.size, 16);
  const list = await web.call("client", "list", "type", "normal");
  assertEquals(list.trim().split("\n").length, 16);
  assertEquals(await web.call("client", "kill", "skipme", "no", "maxage", "0").catch(() => 0), 0);
  await web.call("acl", "setuser", "ada", "on", ">secret", "+@all", "~*");
  const token = await web.call("acl", "resttoken", "ada", "secret");
  await web.send("/ping", { token });
  assertEquals(clients.size, 17);
  await web.call("acl", "deluser", "ada");
  assertEquals(clients.size, 16);
});

Deno.test("a session that is killed while it runs is answered, and the next request has another", async () => {
  await using web = await startWebServer();
  const { status } = await web.send("/client/kill/type/normal/skipme/no");
  assert(status === 200 || status === 503);
  assertEquals(await web.call("ping"), "PONG");
});

Deno.test("a script may have the flag of Upstash's that says nothing here", async () => {
  await using web = await startWebServer();
  const script = (flags: string) => `#!lua flags=${flags}\nreturn redis.call('incr', KEYS[1])`;
  assertEquals(await web.call("eval", script("allow-key-locking"), 1, "k"), 1);
  assertEquals(await web.call("eval", script("allow-key-locking,allow-oom"), 1, "k"), 2);
  for (const flags of ["allow-key-lockings", "allow-key-locking,no-writes"]) {
    assertEquals((await web.send("/", { body: ["eval", script(flags), 1, "k"] })).status, 400);
  }
});
