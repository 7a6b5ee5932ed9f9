/**
 * The library `cmsgpack`.
 *
 * @module
 */
import type { Lua } from "../lua.ts";
import type { Library } from "../sandbox.ts";
import { MessagePackReader } from "./cmsgpack_unpack.ts";
import { MessagePackWriter } from "./cmsgpack_pack.ts";
import { checkInt64, lowHalf, optionalInt64 } from "./integers.ts";

/** All its functions and names. */
export function cmsgpackLibrary(): Library {
  const writer = new MessagePackWriter();
  const reader = new MessagePackReader();
  return {
    pack: (lua) => pack(lua, writer),
    unpack: (lua) => unpackAll(lua, reader),
    unpack_one(lua) {
      const offset = optionalInt64(lua, 2, 0);
      return unpackSome(lua, reader, 1, offset);
    },
    unpack_limit(lua) {
      const limit = checkInt64(lua, 2);
      return unpackSome(lua, reader, limit, optionalInt64(lua, 3, 0));
    },
    _NAME: "cmsgpack",
    _VERSION: "lua-cmsgpack 0.4.0",
    _COPYRIGHT: "Copyright (C) 2012, Salvatore Sanfilippo",
    _DESCRIPTION: "MessagePack C implementation for Lua",
  };
}

function pack(lua: Lua, writer: MessagePackWriter): number {
  const { count } = lua;
  if (count === 0) lua.raiseArgument(0, "MessagePack pack needs input.");
  if (!lua.hasRoom(count)) lua.raiseArgument(0, "Too many arguments for MessagePack pack.");
  writer.writeAll(lua, count);
  writer.output.push(lua);
  return 1;
}

function unpackAll(lua: Lua, reader: MessagePackReader): number {
  const { start, length } = lua.checkBytes(1);
  const { count } = lua;
  reader.begin(lua, start, length, 0);
  while (reader.at < reader.end) reader.pushValue();
  return lua.count - count;
}

/** Results are where to go on, -1 at the end, and the values. */
function unpackSome(lua: Lua, reader: MessagePackReader, limit: number, offset: number): number {
  lua.setTop(Math.min(lua.count, 1));
  if (limit === 0 && offset === 0) return unpackAll(lua, reader);
  const { start, length } = lua.checkBytes(1);
  if (offset < 0 || limit < 0) {
    // The length stands where Redis means the limit.
    lua.raise(
      `Invalid request to unpack with offset of ${lowHalf(offset)} and limit of ${length}.`,
    );
  }
  if (offset > length) {
    lua.raise(`Start offset ${lowHalf(offset)} greater than input length ${length}.`);
  }
  reader.begin(lua, start, length, offset);
  for (let left = limit; left > 0 && reader.at < reader.end; left--) reader.pushValue();
  lua.checkStack(1, "in function mp_unpack_full");
  lua.pushNumber(reader.at === reader.end ? -1 : reader.at - start);
  lua.insert(2);
  return lua.count - 1;
}
