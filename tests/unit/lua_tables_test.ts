/** Reading Lua's tables in the machine's memory, compared with what Lua's own functions tell of them. */
import { assertEquals } from "@std/assert";
import { Lua } from "../../src/scripting/lua.ts";
import {
  elementAt,
  elementRoom,
  isBlack,
  keyAt,
  nextPlace,
  slotType,
  stringLength,
  stringStart,
  valueAt,
} from "../../src/scripting/lua_tables.ts";
import { LuaType } from "../../src/scripting/lua_values.ts";
import { latin1 } from "../../src/lib/bytes.ts";
import { type Chance, property } from "../support/property.ts";

const lua = new Lua(2 ** 26);

/** Fills and empties the table on top of the stack by chance, so that it has grown and shrunk and has holes. */
function fill(chance: Chance): void {
  for (let step = 0; step < chance.size; step++) {
    if (chance.oneIn(2)) lua.pushText(`key ${chance.below(chance.size)}`);
    else {lua.pushNumber(
        chance.pick([chance.below(chance.size) + 1, chance.below(9) / 2, -5, 1e300]),
      );}
    if (chance.oneIn(3)) lua.pushNil();
    else lua.pushNumber(step);
    lua.rawSet(-3);
  }
}

/** All keys and values, as `next` gives them. */
function walkedByLua(): string[] {
  const entries: string[] = [];
  for (lua.pushNil(); lua.next(-2); lua.pop()) {
    const key = lua.isString(-2) ? lua.text(-2) : lua.number(-2);
    entries.push(`${key}=${lua.number(-1)}`);
  }
  return entries;
}

function walkedInMemory(table: number): string[] {
  const { bytes, doubles, words } = lua.engine;
  const entries: string[] = [];
  for (let place = nextPlace(words, table, 0); place >= 0;) {
    const isElement = place < elementRoom(words, table);
    const slot = isElement ? 0 : keyAt(words, table, place);
    const isText = !isElement && slotType(words, slot) === LuaType.String;
    const key = isElement
      ? place + 1
      : isText
      ? latin1(bytes, stringStart(words, slot), stringLength(words, slot))
      : doubles[slot >> 3];
    entries.push(`${key}=${doubles[valueAt(words, table, place) >> 3]}`);
    place = nextPlace(words, table, place + 1);
  }
  return entries;
}

property("a table is walked in memory as next walks it", { trials: 200, size: 150 }, (chance) => {
  lua.setTop(0);
  lua.createTable(chance.below(9), chance.below(9));
  fill(chance);
  assertEquals(walkedInMemory(lua.address(-1)), walkedByLua());
});

property(
  "an element is found in memory wherever Lua has it",
  { trials: 200, size: 150 },
  (chance) => {
    lua.setTop(0);
    lua.createTable(chance.below(9), chance.below(9));
    fill(chance);
    const { doubles, words } = lua.engine;
    const table = lua.address(-1);
    for (let index = 1; index < chance.size + 9; index++) {
      lua.rawGetIndex(-1, index);
      const expected = lua.type(-1) === LuaType.Nil ? undefined : lua.number(-1);
      lua.pop();
      const slot = elementAt(words, doubles, table, index);
      const isThere = slot !== 0 && slotType(words, slot) !== LuaType.Nil;
      assertEquals(isThere ? doubles[slot >> 3] : undefined, expected, `element ${index}`);
    }
  },
);

Deno.test("what is put into a table stays, wherever the collector is", () => {
  const { c } = lua.engine;
  let wasBlack = 0;
  lua.createTable(2, 0);
  const table = lua.address(-1);
  for (let round = 0; round < 500; round++) {
    // Steps of other lengths stop the collector in other places.
    c.lua_gc(lua.main, 5, round % 7);
    if (isBlack(lua.engine.bytes, table)) wasBlack++;
    lua.pushText(`first ${round}`);
    lua.rawSetIndex(-2, 1);
    lua.pushText(`second ${round}`);
    lua.popElement(table, 2);
    while (c.lua_gc(lua.main, 5, 1) === 0);
    for (let i = 0; i < 20; i++) lua.pushText(`other ${i} ${round}`);
    lua.pop(20);
    lua.rawGetIndex(-1, 1);
    lua.rawGetIndex(-2, 2);
    assertEquals([lua.text(-2), lua.text(-1)], [`first ${round}`, `second ${round}`]);
    lua.pop(2);
  }
  lua.pop();
  assertEquals(wasBlack > 0, true);
});
