/** Requests that are refused, or only read, must not copy the values that they name: a client could use up memory by asking. */
import { assert, assertStringIncludes } from "@std/assert";
import { startFrozenServer } from "../support/frozen_server.ts";
import { RespClient } from "../support/resp_client.ts";

const BYTES = 40_000_000;

const requests: Record<string, string> = {
  "LCS a b": "transient memory for LCS exceeds",
  "LCS a b LEN IDX": "please just use IDX",
  "LCS a list": "must contain string values",
  "BITOP AND d a b list": "WRONGTYPE",
  "BITOP NOT d a b": "single source key",
  "SORT a": "WRONGTYPE",
  "GETRANGE a 0 x": "not an integer",
  "SETRANGE a 600000000 x": "exceeds maximum",
  "COPY a b": "",
  "COPY a a": "same",
  "APPEND list x": "WRONGTYPE",
  "PFCOUNT a b": "WRONGTYPE",
  "PFMERGE d a b": "WRONGTYPE",
  "BITFIELD a GET u64 0": "Invalid bitfield",
};

Deno.test("a request that is refused copies no large value", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  await client.call("RPUSH", "list", "x");
  for (const key of ["a", "b"]) await client.call("SETRANGE", key, `${BYTES}`, "x");
  for (const [request, error] of Object.entries(requests)) {
    const before = Deno.memoryUsage().external;
    const { text } = await client.call(...request.split(" "));
    assertStringIncludes(text!, error);
    const taken = Deno.memoryUsage().external - before;
    assert(taken < BYTES / 2, `${request} takes ${taken} bytes`);
  }
});

Deno.test("BITOP holds one result, however many sources it has", async () => {
  await using redis = await startFrozenServer();
  using client = await RespClient.connect(redis.port);
  await client.call("SETRANGE", "a", `${BYTES}`, "x");
  await client.call("SETRANGE", "d", `${BYTES}`, "x");
  const before = Deno.memoryUsage().external;
  await client.call("BITOP", "OR", "d", "a", "a", "a", "a", "missing");
  const taken = Deno.memoryUsage().external - before;
  assert(taken < 2 * BYTES, `it takes ${taken} bytes`);
});
