/** The node of a cluster: which requests it serves, and what it tells of the others. */
import { assertEquals, assertMatch } from "@std/assert";
import { clusterTest, LEAVING, MYSELF, OTHER, untilState } from "../support/cluster_pair.ts";
import { compare, type Pair, runScript } from "../support/differential.ts";
import { oracleIs7_2 } from "../support/oracle.ts";
import { Chance } from "../support/property.ts";
import { RespClient, show } from "../support/resp_client.ts";

const is7_2 = await oracleIs7_2();

/** A line to which 7.0 replies otherwise. */
function in7_2(line: string): string {
  return is7_2 ? line : "";
}

/** Runs a script in both versions of the protocol. */
function rule(name: string, script: string, directives: Readonly<Record<string, string>> = {}) {
  clusterTest(name, (pair) => runInBoth(pair, script), directives);
}

async function runInBoth(pair: Pair, script: string): Promise<void> {
  for (const version of ["2", "3"]) {
    for (const client of [pair.ours, pair.oracle]) {
      await client.call("HELLO", version);
      await client.call("FLUSHALL");
    }
    for (const part of script.split("CLUSTER NODES\n")) {
      await runScript(pair, part, `RESP${version}`);
      assertEquals(await nodesOf(pair.ours), await nodesOf(pair.oracle), part);
    }
  }
}

/** The lines of CLUSTER NODES. The order of nodes means nothing, and Redis has asked the other node for a sign of life. */
async function nodesOf(client: RespClient): Promise<string[]> {
  const { text } = await client.call("CLUSTER", "NODES");
  return text!.replace("txt:", "").trim().split("\n").map((line) =>
    line.replace(/ - \d+ /, " - 0 ")
  ).sort();
}

// b, c, f, g and bar belong to this node; a, d, e and foo to the other one.
rule(
  "a request whose keys belong to another node is sent there",
  `
  SET b 1
  GET b
  SET a 1
  GET a
  DEL foo
  MSET a 1 {a}b 2
  PING
  DBSIZE
  EXISTS foo
  OBJECT ENCODING a
  OBJECT ENCODING b
  XREAD STREAMS a 0
  XREAD BLOCK 1 STREAMS a 0
  GEORADIUS a 1 1 1 km STORE b
  SORT b STORE a
  SORT b STORE {b}c
  ZUNIONSTORE b 2 a d
  ZUNIONSTORE b 2 x
  BLPOP a 1
  WATCH a
  MEMORY USAGE a
  PFADD a 1
  PFDEBUG GETREG a
  COMMAND GETKEYS GET a
  RESTORE a 0 x
  MIGRATE 127.0.0.1 1 a 0 10
  MIGRATE 127.0.0.1 1 "" 0 10 KEYS a {a}b
  GET
  SET a
  `,
);

rule(
  "a request touches the keys of one slot",
  `
  MSET b 1 c 2
  MSET {x}b 1 {x}c 2
  MSET {a}b 1 b 2
  MGET b c
  MGET {b}1 {b}2 b
  DEL b c
  RENAME b c
  RENAME b {b}2
  SET b 1
  RENAME b {b}2
  COPY {b}2 c
  COPY {b}2 b
  SINTERSTORE b {b}x {b}y
  SINTERSTORE b x y
  LMOVE b c LEFT RIGHT
  LMPOP 2 b c LEFT
  XREADGROUP GROUP g c STREAMS b c > >
  EVAL "return 1" 2 b c
  EVAL "return 1" 2 b {b}1
  EVAL "return 1" 3 b c
  SUNION b {b}1
  BITOP AND b {b}1 c
  LCS b c
  LCS b {b}2
  UNLINK b {b}1 {b}2
  TOUCH b c
  `,
);

rule(
  "a node has one database",
  `
  SELECT 0
  SELECT 1
  SELECT x
  SELECT -1
  MOVE b 1
  MOVE b 0
  SWAPDB 0 1
  SWAPDB 0 0
  SET b 1
  ${in7_2("COPY b {b}2 DB 1")}
  COPY b {b}2 DB 0
  COPY b {b}3 DB x
  COPY b b DB 0
  ${in7_2("CONFIG GET databases")}
  REPLICAOF NO ONE
  REPLICAOF 127.0.0.1 1
  SLAVEOF NO ONE
  FAILOVER
  FAILOVER ABORT
  RPUSH l{b} 1 2
  SORT l{b} BY w*
  SORT l{b} BY nosort
  SORT l{b} GET #
  SORT l{b} BY w{b}* GET x{b}*
  `,
);

rule(
  "a transaction stays in one slot",
  `
  MULTI
  SET b 1
  SET {b}2 2
  GET b
  EXEC
  MULTI
  SET b 1
  SET c 1
  EXEC
  GET c
  PING
  MULTI
  SET a 1
  SET b 1
  EXEC
  MULTI
  MSET b 1 c 1
  EXEC
  MULTI
  PING
  EXEC
  MULTI
  SELECT 1
  SET b 2
  EXEC
  MULTI
  EVAL "return redis.call('GET', 'b')" 0
  SET b 3
  EXEC
  WATCH b {b}2
  UNWATCH
  `,
);

rule(
  "a script keeps to keys of this node",
  `
  EVAL "return redis.call('SET', KEYS[1], 1)" 1 b
  EVAL "return redis.call('SET', KEYS[1], 1)" 1 a
  EVAL "return redis.call('SET', 'a', 1)" 0
  EVAL "return redis.call('SET', 'b', 1)" 0
  EVAL "return redis.call('SET', 'a', 1)" 1 b
  EVAL "return redis.pcall('SET', 'a', 1)['err']" 1 b
  EVAL "redis.call('SET', 'b', 1) return redis.call('SET', 'c', 1)" 0
  EVAL "redis.call('SET', 'b', 1) return redis.call('SET', 'c', 1)" 1 b
  EVAL "return redis.call('MSET', 'b', 1, 'c', 1)" 0
  EVAL "return redis.call('SELECT', 1)" 0
  EVAL "return redis.call('PING')" 0
  EVAL "#!lua\\nredis.call('SET', 'b', 1) return redis.call('SET', 'c', 1)" 0
  EVAL "#!lua\\nreturn redis.call('SET', 'c', 1)" 1 b
  EVAL "#!lua\\nreturn redis.pcall('SET', 'c', 1)['err']" 1 b
  EVAL "#!lua\\nreturn redis.call('SET', '{b}', 1)" 1 b
  EVAL "#!lua flags=allow-cross-slot-keys\\nredis.call('SET', 'b', 1) return redis.call('SET', 'c', 1)" 0
  EVAL "#!lua flags=allow-cross-slot-keys\\nreturn redis.call('SET', 'c', 1)" 1 b
  EVAL "#!lua flags=allow-cross-slot-keys\\nreturn redis.call('MSET', 'b', 1, 'c', 1)" 0
  EVAL "#!lua flags=allow-cross-slot-keys\\nreturn redis.call('SET', 'a', 1)" 0
  EVAL "#!lua flags=allow-cross-slot-keys\\nreturn 1" 2 b c
  EVAL "#!lua flags=no-cluster\\nreturn 1" 0
  EVAL "#!lua flags=no-cluster\\nreturn 1" 1 b
  EVAL "#!lua flags=no-cluster\\nreturn 1" 1 a
  FUNCTION LOAD REPLACE "#!lua name=l\\nredis.register_function('one', function(k) return redis.call('SET', k[1] or 'b', 1) end)\\nredis.register_function{function_name='two', flags={'no-cluster'}, callback=function() return 1 end}\\nredis.register_function('three', function() redis.call('SET', 'b', 1) return redis.call('SET', 'c', 1) end)\\nredis.register_function{function_name='four', flags={'allow-cross-slot-keys'}, callback=function() redis.call('SET', 'b', 1) return redis.call('SET', 'c', 1) end}"
  FCALL one 1 b
  FCALL one 1 a
  FCALL one 2 b c
  FCALL one 0
  FCALL two 0
  FCALL three 0
  FCALL four 0
  FCALL four 1 g
  MULTI
  EVAL "#!lua\\nreturn redis.call('SET', 'c', 1)" 0
  SET b 1
  EXEC
  `,
);

rule(
  "shard channels have slots",
  `
  SPUBLISH b x
  SPUBLISH a x
  SSUBSCRIBE a
  SSUBSCRIBE b c
  SSUBSCRIBE {b}1
  SSUBSCRIBE a
  SUNSUBSCRIBE {b}1
  SUNSUBSCRIBE a
  SUNSUBSCRIBE
  PUBLISH a x
  PUBSUB SHARDCHANNELS
  EVAL "return redis.call('SPUBLISH', 'a', 'x')" 0
  EVAL "return redis.call('SPUBLISH', 'b', 'x')" 0
  `,
);

rule(
  "a slot that is leaving is served as long as its keys are here",
  `
  GET k2136
  SET k2136 1
  DBSIZE
  MGET k2136 {k2136}2
  BLPOP k2136 1
  EVAL "return redis.call('GET', KEYS[1])" 1 k2136
  EVAL "return redis.call('GET', 'k2136')" 0
  MULTI
  GET k2136
  EXEC
  SSUBSCRIBE k2136
  SUNSUBSCRIBE k2136
  MIGRATE 127.0.0.1 1 k2136 0 10
  CLUSTER SETSLOT ${LEAVING} STABLE
  SET k2136 1
  SET k7644 1
  CLUSTER SETSLOT ${LEAVING} MIGRATING ${OTHER}
  GET k2136
  SET k2136 2
  MGET k2136 k7644
  ${in7_2("MGET k2136 k14239")}
  MGET k14239 {k14239}
  PEXPIRE k7644 1
  ! DEBUG SLEEP 0.02
  GET k7644
  DEL k2136
  GET k2136
  COPY k2136 k14239
  CLUSTER SETSLOT ${LEAVING} STABLE
  FLUSHALL
  CLUSTER SETSLOT ${LEAVING} MIGRATING ${OTHER}
  `,
);

rule(
  "a slot that is arriving serves those who have been sent",
  `
  GET k37898
  ASKING
  GET k37898
  GET k37898
  ASKING
  SET k37898 1
  GET k37898
  ASKING
  GET k37898
  ASKING
  PING
  GET k37898
  ASKING
  MGET k37898 k48593
  ASKING
  MGET k37898 k37898
  ASKING
  MGET k48593 k48593
  ASKING
  MULTI
  GET k37898
  SET k48593 2
  EXEC
  GET k48593
  ASKING
  MULTI
  GET k37898
  GET k48593
  GET k88689
  EXEC
  ASKING
  EVAL "return redis.call('GET', 'k37898')" 0
  EVAL "return redis.call('GET', 'k37898')" 0
  ASKING
  EVAL "return redis.call('GET', KEYS[1])" 1 k37898
  ASKING
  NOSUCH
  GET k37898
  ASKING
  GET
  GET k37898
  RESTORE-ASKING k88689 0 x
  MIGRATE 127.0.0.1 1 k88689 0 10
  SPUBLISH k37898 x
  ASKING
  SPUBLISH k37898 x
  ASKING
  GET a
  READONLY
  GET a
  READWRITE
  GET a
  `,
);

rule(
  "CLUSTER KEYSLOT, COUNTKEYSINSLOT and GETKEYSINSLOT know the keys of slots",
  `
  CLUSTER KEYSLOT a
  CLUSTER KEYSLOT ""
  CLUSTER KEYSLOT {}a
  CLUSTER KEYSLOT {a}b
  CLUSTER KEYSLOT b{a
  CLUSTER KEYSLOT {{a}}b
  CLUSTER KEYSLOT a}{b}{c}
  CLUSTER KEYSLOT "{\\x00}"
  CLUSTER COUNTKEYSINSLOT 3300
  MSET b 1 {b}1 2 {b}2 3
  SET c 1
  CLUSTER COUNTKEYSINSLOT 3300
  ~ CLUSTER GETKEYSINSLOT 3300 10
  ~ CLUSTER GETKEYSINSLOT 3300 3
  CLUSTER GETKEYSINSLOT 7365 1
  CLUSTER GETKEYSINSLOT 7365 0
  CLUSTER GETKEYSINSLOT 7366 10
  DEL {b}1 {b}2
  CLUSTER GETKEYSINSLOT 3300 10
  CLUSTER COUNTKEYSINSLOT -1
  CLUSTER COUNTKEYSINSLOT 16384
  CLUSTER COUNTKEYSINSLOT x
  CLUSTER COUNTKEYSINSLOT
  CLUSTER GETKEYSINSLOT 16384 1
  CLUSTER GETKEYSINSLOT 1 -1
  CLUSTER GETKEYSINSLOT 1 x
  CLUSTER GETKEYSINSLOT x 1
  CLUSTER GETKEYSINSLOT 1
  `,
);

rule(
  "slots are added, deleted, moved and closed, and nonsense is refused",
  `
  CLUSTER ADDSLOTS 1
  CLUSTER ADDSLOTS 9000
  CLUSTER ADDSLOTS x
  CLUSTER ADDSLOTS 16384
  CLUSTER ADDSLOTS -1
  CLUSTER ADDSLOTS 1 x
  CLUSTER ADDSLOTSRANGE 1 2 3
  CLUSTER ADDSLOTSRANGE 5 4
  CLUSTER ADDSLOTSRANGE 1 16384
  CLUSTER DELSLOTS 5 5
  CLUSTER DELSLOTSRANGE 5 7 6 8
  CLUSTER DELSLOTSRANGE 6 5
  CLUSTER DELSLOTS 5 16000
  CLUSTER DELSLOTS 5
  CLUSTER DELSLOTSRANGE 1 4 6 7
  CLUSTER ADDSLOTS 1 2 1
  CLUSTER ADDSLOTSRANGE 1 3 2 4
  CLUSTER NODES
  CLUSTER SLOTS
  CLUSTER ADDSLOTS 16000
  CLUSTER ADDSLOTSRANGE 1 7
  CLUSTER DELSLOTS 9000
  CLUSTER ADDSLOTS 9000
  CLUSTER SETSLOT 9000 IMPORTING ${OTHER}
  CLUSTER SETSLOT 9001 MIGRATING ${OTHER}
  CLUSTER SETSLOT 1 MIGRATING ${"c".repeat(40)}
  CLUSTER SETSLOT 9001 IMPORTING ${"c".repeat(40)}
  CLUSTER SETSLOT 1 NODE ${"c".repeat(40)}
  CLUSTER SETSLOT 1 MIGRATING
  CLUSTER SETSLOT 1 STABLE x
  CLUSTER SETSLOT 1 NOSUCH ${OTHER}
  CLUSTER SETSLOT x STABLE
  CLUSTER SETSLOT 1
  CLUSTER SETSLOT 7365 NODE ${OTHER}
  SET b 1
  CLUSTER SETSLOT 3300 NODE ${OTHER}
  CLUSTER SETSLOT 3300 NODE ${MYSELF}
  GET c
  CLUSTER NODES
  CLUSTER SETSLOT 7365 IMPORTING ${OTHER}
  CLUSTER NODES
  CLUSTER SETSLOT 7365 NODE ${MYSELF}
  CLUSTER NODES
  CLUSTER SETSLOT 9000 NODE ${OTHER}
  CLUSTER FLUSHSLOTS
  CLUSTER FLUSHSLOTS x
  CLUSTER RESET
  CLUSTER RESET x
  CLUSTER RESET SOFT x
  CLUSTER SETSLOT 10000 IMPORTING ${OTHER}
  `,
);

rule(
  "a node knows itself and the other one",
  `
  CLUSTER MYID
  CLUSTER NODES
  CLUSTER SLOTS
  CLUSTER REPLICAS ${MYSELF}
  CLUSTER SLAVES ${OTHER}
  CLUSTER REPLICAS x
  CLUSTER COUNT-FAILURE-REPORTS ${OTHER}
  CLUSTER COUNT-FAILURE-REPORTS x
  CLUSTER LINKS x
  CLUSTER REPLICATE ${MYSELF}
  CLUSTER REPLICATE x
  CLUSTER REPLICATE ${OTHER}
  CLUSTER FORGET ${MYSELF}
  CLUSTER FORGET x
  CLUSTER FAILOVER
  CLUSTER FAILOVER FORCE
  CLUSTER FAILOVER TAKEOVER
  CLUSTER FAILOVER x
  CLUSTER FAILOVER FORCE x
  ${in7_2("CLUSTER MEET 127.0.0.1 x")}
  ${in7_2("CLUSTER MEET 127.0.0.1 1 x")}
  CLUSTER MEET nosuch 7000
  CLUSTER MEET 127.0.0.1 0
  CLUSTER MEET 127.0.0.1 70000
  CLUSTER MEET 127.0.0.1
  CLUSTER SET-CONFIG-EPOCH 5
  CLUSTER SET-CONFIG-EPOCH x
  CLUSTER SET-CONFIG-EPOCH -1
  CLUSTER BUMPEPOCH
  CLUSTER BUMPEPOCH
  CLUSTER BUMPEPOCH x
  CLUSTER SAVECONFIG
  CLUSTER
  CLUSTER NOSUCH
  CLUSTER INFO x
  ? CLUSTER SHARDS
  ? CLUSTER HELP
  CLUSTER LINKS
  INFO CLUSTER
  READONLY x
  ASKING x
  `,
);

for (const type of ["hostname", "unknown-endpoint"]) {
  rule(
    `addresses are told as cluster-preferred-endpoint-type ${type} says`,
    `
    CLUSTER SLOTS
    GET a
    CONFIG SET cluster-announce-hostname host.example
    CLUSTER SLOTS
    CLUSTER NODES
    CONFIG SET cluster-preferred-endpoint-type ip
    CLUSTER SLOTS
    CONFIG SET cluster-announce-ip 10.1.2.3 cluster-announce-port 7009
    CONFIG SET cluster-announce-bus-port 17009
    CLUSTER SLOTS
    CLUSTER NODES
    CONFIG SET cluster-announce-ip 127.0.0.1 cluster-announce-port 7001
    CONFIG SET cluster-announce-bus-port 17001 cluster-announce-hostname ""
    CONFIG SET cluster-preferred-endpoint-type ${type}
    `,
    { "cluster-preferred-endpoint-type": type },
  );
}

rule(
  "a node without all slots serves the others if it need not have all",
  `
  SET b 1
  CLUSTER DELSLOTS 7365
  GET b
  GET c
  CLUSTER ADDSLOTS 7365
  `,
  { "cluster-require-full-coverage": "no" },
);

clusterTest("a node without all slots is down, except as directives say", async (pair) => {
  for (const client of [pair.ours, pair.oracle]) {
    await client.call("SET", "b", "1");
    await client.call("CLUSTER", "DELSLOTS", "1");
    await untilState(client, "fail");
  }
  const requests = `
    GET b
    SET b 2
    GET a
    MGET b c
    PING
    DBSIZE
    EVAL "return redis.call('GET', 'b')" 0
    EVAL "return redis.call('SET', 'b', 3)" 0
    EVAL "#!lua flags=no-writes\\nreturn redis.call('GET', KEYS[1])" 1 b
    EVAL "return 1" 1 b
    SPUBLISH b x
    MULTI
    GET b
    EXEC
    MULTI
    SET b 4
    EXEC
  `;
  for (
    const directive of [
      "cluster-allow-reads-when-down yes",
      "cluster-allow-pubsubshard-when-down no",
      "cluster-allow-reads-when-down no",
    ]
  ) await runScript(pair, `${requests}\nCONFIG SET ${directive}`, `before ${directive}`);
  await runScript(pair, requests, "at the end");
});

clusterTest("CLUSTER SHARDS describes what the real one describes", async ({ ours, oracle }) => {
  if (!is7_2) return;
  const described = async (client: RespClient) => {
    const shards = (await client.call("CLUSTER", "SHARDS")).elements;
    // The ids of shards are made by chance, and decide the order; the offset of a node is its own.
    return shards.map(show).sort();
  };
  assertEquals(await described(ours), await described(oracle));
});

clusterTest("a client that waits for a key is sent after it", async (pair) => {
  for (const server of ["ours", "oracle"] as const) {
    using waiting = await RespClient.connect(pair.ports[server]);
    const id = (await waiting.call("CLIENT", "ID")).text!;
    const reply = waiting.call("BLPOP", "b", "0");
    const other = pair[server];
    while (!(await other.call("CLIENT", "LIST", "ID", id)).text!.includes("cmd=blpop")) {
      /* soon */
    }
    await other.call("CLUSTER", "SETSLOT", "3300", "NODE", OTHER);
    assertEquals((await reply).text, "MOVED 3300 127.0.0.1:7002", server);
  }
});

clusterTest("the subscribers of a shard channel are told that its slot has gone", async (pair) => {
  const told: string[] = [];
  for (const server of ["ours", "oracle"] as const) {
    for (const version of ["2", "3"]) {
      using listener = await RespClient.connect(pair.ports[server]);
      await listener.call("HELLO", version);
      await listener.call("SSUBSCRIBE", "b", "{b}2");
      await listener.read();
      await pair[server].call("CLUSTER", "SETSLOT", "3300", "NODE", OTHER);
      const messages = [show(await listener.read()), show(await listener.read())].sort();
      told.push(messages.join(" ").replaceAll(/:"\d"/g, ":n"));
      assertEquals(await pair[server].ask("PUBSUB", "SHARDNUMSUB", "b"), '*2[$"b" :"0"]');
      await pair[server].call("CLUSTER", "SETSLOT", "3300", "IMPORTING", OTHER);
      await pair[server].call("CLUSTER", "SETSLOT", "3300", "NODE", MYSELF);
    }
  }
  assertEquals(told.slice(0, 2), told.slice(2));
  assertMatch(told[0], /sunsubscribe/);
});

clusterTest("the slot of any key is the one that redis-server finds", async (pair) => {
  for (let seed = 1; seed <= 500; seed++) {
    const chance = new Chance(seed, seed % 40);
    const key = chance.oneIn(3) ? chance.binary(chance.size) : chance.text(12, "{}ab");
    const bytes = Uint8Array.from(key, (letter) => letter.charCodeAt(0));
    assertEquals(await compare(pair, ["CLUSTER", "KEYSLOT", bytes], ""), undefined, key);
  }
});
