/** What the libraries of scripts do with too much: an error comes of it, the server goes on, and the memory is there again. */
import { assertEquals, assertMatch } from "@std/assert";
import { ScriptMachine } from "../../src/scripting/script_machine.ts";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { show } from "../support/resp_client.ts";

const LIMIT = 32 * 2 ** 20;
ScriptMachine.limitBytes = LIMIT;

const start = () => new LocalServer(new MemoryHost(), {}).start();

/** What Lua holds, after what nobody uses is collected. */
function usedBytes(local: LocalServer): number {
  local.run(["EVAL", "collectgarbage()", "0"]);
  return Number(/used_memory_vm_eval:(\d+)/.exec(local.ask("INFO", "memory")!)![1]);
}

const PROBE =
  "return {cjson.encode({1, {a = 2}}), cmsgpack.pack({1, 'a'}), struct.pack('>i', 5), bit.bnot(7)}";

/** Every one ends with an error. */
const HOSTILE: readonly string[] = [
  // Tables that hold themselves, and that hold others twice.
  "local t = {} t[1] = t return cjson.encode(t)",
  "local t = {} t.a = t return cjson.encode(t)",
  "local t = {} for i = 1, 60 do t = {t, t} end return cjson.encode(t)",
  "local t = {} for i = 1, 60 do t = {a = t, b = t} end return cjson.encode(t)",
  "local t = {} for i = 1, 15 do local n = {} for j = 1, 999 do n[j] = t end t = n end return cmsgpack.pack(t)",
  "local t = 1 for i = 1, 15 do local n = {} for j = 1, 99 do n['k'..j] = t end t = n end return cmsgpack.pack(t)",
  // Depth.
  "local t = {} for i = 1, 1e5 do t = {t} end return cjson.encode(t)",
  "cjson.encode_max_depth(2^31 - 1) local t = {} for i = 1, 1e5 do t = {t} end return cjson.encode(t)",
  "return cjson.decode(('['):rep(1e6))",
  "cjson.decode_max_depth(2^31 - 1) return cjson.decode(('['):rep(1e6))",
  "cjson.decode_max_depth(2^31 - 1) return cjson.decode(('{\"a\":'):rep(1e6))",
  "return cmsgpack.unpack(('\\145'):rep(1e6))",
  "return cmsgpack.unpack(('\\129'):rep(1e6))",
  // Lengths that are not true.
  "return cmsgpack.unpack('\\221\\255\\255\\255\\255')",
  "return cmsgpack.unpack(('\\223\\255\\255\\255\\255'):rep(1e5))",
  "return cmsgpack.unpack('\\219\\255\\255\\255\\255x')",
  "return cmsgpack.unpack(('\\1'):rep(1e6))",
  "return struct.unpack('c2147483647', 'x')",
  "return struct.unpack('dc0', struct.pack('d', 2^53))",
  "return struct.pack('!1073741824i32c2147483647', 1, 'x')",
  "return struct.unpack(('b'):rep(1e6), ('x'):rep(1e6))",
  "return struct.size('i' .. ('9'):rep(1e6))",
  // Size.
  "cjson.encode_sparse_array(true, 0) return cjson.encode({[2^31 - 1] = 1})",
  "local s = ('x'):rep(2^20) return cjson.encode({s, s, s, s, s, s, s, s, s})",
  "local s = ('\\1'):rep(2^21) return cjson.encode(s)",
  "local s = ('x'):rep(2^20) return cmsgpack.pack(s, s, s, s, s, s, s, s, s)",
  "local s = ('x'):rep(2^20) return struct.pack(('s'):rep(9), s, s, s, s, s, s, s, s, s)",
  "return cjson.decode('[' .. ('[],'):rep(2^20) .. '[]]')",
  "return cjson.decode('[' .. (','):rep(2^20) .. ']')",
  "return cmsgpack.unpack('\\221\\0\\16\\0\\0' .. ('\\144'):rep(2^20))",
];

for (const script of HOSTILE) {
  Deno.test(`a library's function is ended by an error: ${script}`, async () => {
    const local = await start();
    const [before] = local.run(["EVAL", PROBE, "0"]);
    for (let round = 0; round < 2; round++) {
      const [reply] = local.run(["EVAL", script, "0"]);
      assertEquals(reply.type, "-", show(reply));
      assertMatch(reply.text!, /^ERR /);
    }
    const [after] = local.run(["EVAL", PROBE, "0"]);
    assertEquals(show(after), show(before));
    assertEquals(local.log.filter((line) => line.includes("Internal error")), []);
    assertEquals(usedBytes(local) < LIMIT / 8, true);
    local.server.stop();
  });
}

/** What is done again and again must not take more and more. */
const REPEATED: readonly string[] = [
  "cjson.new()",
  "cjson.new().encode_max_depth(5)",
  "cjson.encode({a = {1, 2, 3}, b = 'text'})",
  'cjson.decode(\'{"a":[1,2,3],"b":"te\\\\nxt"}\')',
  "pcall(cjson.encode, {1, {2, type}})",
  'pcall(cjson.decode, \'[1,{"a":["te\\\\nxt\')',
  "cmsgpack.unpack(cmsgpack.pack({a = {1, 2, 3}, b = 'text'}))",
  "pcall(cmsgpack.unpack, '\\147\\147\\1')",
  "struct.unpack('>ihs', struct.pack('>ihs', 1, 2, 'abc'))",
  "pcall(struct.pack, 'is', 1, {})",
  "bit.bxor(1, 2, 3)",
  "cjson.decode(cjson.encode(long))",
];

const LONG = "local long = ('x'):rep(1e5)";

for (const body of REPEATED) {
  Deno.test(`a library's function leaves nothing behind: ${body}`, async () => {
    const local = await start();
    const run = (count: number) =>
      local.run(["EVAL", `${LONG} for i = 1, ${count} do ${body} end return 'done'`, "0"])[0];
    assertEquals(run(300).text, "done");
    const before = usedBytes(local);
    assertEquals(run(3000).text, "done");
    const after = usedBytes(local);
    assertEquals(after - before < 4096, true, `${before} bytes, and then ${after}`);
    local.server.stop();
  });
}
