/**
 * The library `cjson`.
 *
 * @module
 */
import type { HostFunction, Lua } from "../lua.ts";
import type { Library } from "../sandbox.ts";
import { JsonReader } from "./cjson_decode.ts";
import { JsonWriter } from "./cjson_encode.ts";
import { defaultSettings, pushSettings, settingFunctions, settingsOf } from "./cjson_settings.ts";

const NAMES = { _NAME: "cjson", _VERSION: "2.1.0" } as const;

/** All its functions and values, with settings of their own. */
export function cjsonLibrary(): Library {
  const settings = defaultSettings();
  const writer = new JsonWriter();
  const reader = new JsonReader();
  const functions: Readonly<Record<string, HostFunction>> = {
    encode(lua) {
      checkOneArgument(lua);
      writer.write(lua, settingsOf(lua, settings));
      writer.output.push(lua);
      return 1;
    },
    decode(lua) {
      checkOneArgument(lua);
      const { bytes, start, length } = lua.checkBytes(1);
      if (length >= 2 && (bytes[start] === 0 || bytes[start + 1] === 0)) {
        lua.raise("JSON parser does not support UTF-16 or UTF-32");
      }
      reader.push(lua, start, settingsOf(lua, settings));
      return 1;
    },
    ...settingFunctions(settings),
    new: (lua) => pushLibrary(lua, functions),
  };
  return { ...functions, ...NAMES, null: null };
}

function checkOneArgument(lua: Lua): void {
  if (lua.count !== 1) lua.raiseArgument(1, "expected 1 argument");
}

/** Pushes a table of the same functions with other settings. */
function pushLibrary(lua: Lua, functions: Readonly<Record<string, HostFunction>>): number {
  lua.createTable(0, 0);
  pushSettings(lua);
  for (const [name, body] of Object.entries(functions)) {
    lua.pushValue(-1);
    lua.pushFunction(body, 1);
    lua.rawSetField(-3, name);
  }
  lua.pop();
  lua.pushLightUserdata(0);
  lua.rawSetField(-2, "null");
  for (const [name, text] of Object.entries(NAMES)) {
    lua.pushText(text);
    lua.rawSetField(-2, name);
  }
  return 1;
}
