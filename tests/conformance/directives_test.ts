/** Every directive is given odd values on both servers: the replies and the values that come of them are the same. */
import { AssertionError } from "@std/assert";
import { problem, withPair } from "../support/differential.ts";
import { type RespClient, show } from "../support/resp_client.ts";

/** Values that many kinds of directives take or refuse; the short way from each to a wrong one too. */
const VALUES = [
  ...[
    "",
    "0",
    "1",
    "-1",
    "01",
    "+1",
    " 1",
    "1 ",
    "1.5",
    "0x1",
    "100",
    "70000",
    "1\0",
    "abc",
    "a/b",
  ],
  ...["2147483647", "2147483648", "-2147483649", "4294967296", "9223372036854775807"],
  ...["9223372036854775808", "18446744073709551615", "18446744073709551616"],
  ...["1k", "1kb", "1KB", "1mb", "1b", "-1kb", "1t", "kb", "10%", "101%", "%"],
  ...["yes", "YES", "no", "yes\0", '"yes"', "y", "local", "default", "save now", "nosave save"],
  ...["a b", "a  b", "1 2", "1 2 3", "-2000 0 2000", "0 0 2001", "50 99.9", "100.1", "3600 1 300"],
  ...["KEA", "Ez", "AK\0", "slave 1mb 2mb 60 pubsub 0 0 0", "replica 1 1 -1", "nosuch 1 1 1"],
  ...["everysec", "Always", "allkeys-lru", "{title} {port}", "{nosuch}", "{title}", "a_b"],
];

/** What is not compared, and why. */
const SKIPPED: Readonly<Record<string, string>> = {
  activedefrag: "is about Jemalloc",
  bind: "opens sockets",
  port: "opens sockets",
  "tls-port": "opens sockets",
  dir: "changes the test's folder",
  loglevel: "has a word more in 7.2",
  "locale-collate": "depends on the locales of the machine",
  maxclients: "depends on how many files the machine lets a process open",
  "maxmemory-clients": "ends the test's own connection",
  "oom-score-adj": "depends on rights",
  "cluster-announce-hostname": "7.2 takes the end of the text at a NUL",
  "set-max-listpack-value": "is new in 7.2",
};

/** Single values that are not compared, and why. */
const ODD: Readonly<Record<string, readonly string[]>> = {
  // redis-server reads an empty word as zero, and keeps what it has read of a value that it refuses.
  save: ["1 ", "1.5"],
  // Numbers in base 16 are to be numbers everywhere, not here alone.
  "latency-tracking-info-percentiles": ["0x1"],
  // Here 2^63 and the number below are one.
  maxmemory: ["9223372036854775808"],
  "cluster-link-sendbuf-limit": ["9223372036854775808"],
};

async function namesOf(client: RespClient): Promise<string[]> {
  const { elements } = await client.call("CONFIG", "GET", "*");
  return elements.filter((_, i) => i % 2 === 0).map(({ text }) => text!);
}

Deno.test({
  name: problem === undefined
    ? "CONFIG SET takes the values that redis-server takes, and refuses the others in its words"
    : `CONFIG SET (skipped: ${problem})`,
  ignore: problem !== undefined,
  fn: () =>
    withPair(async ({ ours, oracle }) => {
      const known = new Set(await namesOf(ours));
      const names = (await namesOf(oracle)).filter((name) =>
        known.has(name) && !(name in SKIPPED) && !name.startsWith("tls-")
      );
      const differences: string[] = [];
      const ask = async (client: RespClient, name: string, value: string) =>
        `${await client.ask("CONFIG", "SET", name, value)} ${await client.ask(
          "CONFIG",
          "GET",
          name,
        )}`;
      for (const name of names) {
        const before = show((await ours.call("CONFIG", "GET", name)).elements[1]);
        const original = JSON.parse(before.slice(1));
        for (const value of [...VALUES, original]) {
          const [actual, expected] = await Promise.all(
            [ours, oracle].map((client) => ask(client, name, value)),
          );
          if (actual === expected) continue;
          const request = `${name} ${JSON.stringify(value)}`;
          if (!ODD[name]?.includes(value)) {
            differences.push(`${request}\n  redeno: ${actual}\n  redis:  ${expected}`);
          }
          await Promise.all([ours, oracle].map((client) => ask(client, name, original)));
        }
      }
      if (differences.length > 0) throw new AssertionError(`\n${differences.join("\n")}`);
    }, { "enable-protected-configs": "yes" }),
});
