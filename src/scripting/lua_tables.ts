/**
 * Lua's tables where they lie in the machine's memory: walking one costs no call of the C API, and changes nothing.
 *
 *     Table   5 marks of the collector (a byte)   7 log2 of the number of nodes (a byte)   8 metatable   12 elements   16 nodes   28 room for elements
 *     Node    0 value, a TValue   16 key (8 bytes)   24 its type   28 the next of the chain         32 bytes in all
 *
 * Elements are TValues, the first of them that of key 1. Every place of a table has a number: elements come first, then nodes. In this order
 * `next` walks a table; what is nil there is empty. All functions take the machine's memory as words.
 *
 * @module
 */
import { LuaType, STRING_BYTES, STRING_LENGTH, VALUE_BYTES, VALUE_TYPE } from "./lua_values.ts";
import type { Pointer } from "./lua_engine.ts";

const MARKS = 5;
const BLACK = 4;
const LOG_NODES_WORD = 4;
const LOG_NODES_SHIFT = 24;
const METATABLE = 8;
const ELEMENTS = 12;
const NODES = 16;
const ELEMENT_ROOM = 28;
const NODE_BYTES = 32;
const NODE_KEY = 16;
const NODE_NEXT = 28;

/** The {@link LuaType} of the value in a slot: a place of the stack, an element, a node, a key. */
export function slotType(words: Int32Array, slot: Pointer): number {
  return words[(slot + VALUE_TYPE) >> 2];
}

/** Where the bytes of the string in a slot begin. */
export function stringStart(words: Int32Array, slot: Pointer): Pointer {
  return words[slot >> 2] + STRING_BYTES;
}

/** How many bytes the string in a slot has. */
export function stringLength(words: Int32Array, slot: Pointer): number {
  return words[(words[slot >> 2] + STRING_LENGTH) >> 2];
}

/** How many elements have a place in front of the nodes. */
export function elementRoom(words: Int32Array, table: Pointer): number {
  return words[(table + ELEMENT_ROOM) >> 2];
}

/** Whether a table has a metatable. */
export function hasMetatable(words: Int32Array, table: Pointer): boolean {
  return words[(table + METATABLE) >> 2] !== 0;
}

/** Whether the collector has seen all that a table refers to: then it must be told of anything that is put there. */
export function isBlack(bytes: Uint8Array, table: Pointer): boolean {
  return (bytes[table + MARKS] & BLACK) !== 0;
}

/** The slot of element `index` if it has a place in front of the nodes; 0 otherwise. */
export function roomFor(words: Int32Array, table: Pointer, index: number): Pointer {
  if (index < 1 || index > elementRoom(words, table)) return 0;
  return words[(table + ELEMENTS) >> 2] + (index - 1) * VALUE_BYTES;
}

/** How many places a table has. */
export function placeCount(words: Int32Array, table: Pointer): number {
  return elementRoom(words, table) + (1 << logNodes(words, table));
}

/** The slot of the value at a place. */
export function valueAt(words: Int32Array, table: Pointer, place: number): Pointer {
  const room = elementRoom(words, table);
  return place < room
    ? words[(table + ELEMENTS) >> 2] + place * VALUE_BYTES
    : words[(table + NODES) >> 2] + (place - room) * NODE_BYTES;
}

/** The slot of the key at a place, which must be a node. */
export function keyAt(words: Int32Array, table: Pointer, place: number): Pointer {
  const node = place - elementRoom(words, table);
  return words[(table + NODES) >> 2] + node * NODE_BYTES + NODE_KEY;
}

/** The first place from `place` on that is not empty; -1 if there is none. */
export function nextPlace(words: Int32Array, table: Pointer, place: number): number {
  const room = elementRoom(words, table);
  let slot = words[(table + ELEMENTS) >> 2] + place * VALUE_BYTES;
  for (; place < room; place++, slot += VALUE_BYTES) {
    if (slotType(words, slot) !== LuaType.Nil) return place;
  }
  const count = room + (1 << logNodes(words, table));
  slot = words[(table + NODES) >> 2] + (place - room) * NODE_BYTES;
  for (; place < count; place++, slot += NODE_BYTES) {
    if (slotType(words, slot) !== LuaType.Nil) return place;
  }
  return -1;
}

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);

/** The slot of element `index`, a positive integer; 0 if the table has none. */
export function elementAt(
  words: Int32Array,
  doubles: Float64Array,
  table: Pointer,
  index: number,
): Pointer {
  const elements = words[(table + ELEMENTS) >> 2];
  if (index <= elementRoom(words, table)) return elements + (index - 1) * VALUE_BYTES;
  // As Lua hashes numbers: the halves of the double, added.
  double[0] = index;
  const chains = (1 << logNodes(words, table)) - 1 | 1;
  const chain = ((halves[0] + halves[1]) >>> 0) % chains;
  let node = words[(table + NODES) >> 2] + chain * NODE_BYTES;
  while (node !== 0) {
    const key = node + NODE_KEY;
    if (slotType(words, key) === LuaType.Number && doubles[key >> 3] === index) return node;
    node = words[(node + NODE_NEXT) >> 2];
  }
  return 0;
}

function logNodes(words: Int32Array, table: Pointer): number {
  return words[(table + LOG_NODES_WORD) >> 2] >>> LOG_NODES_SHIFT;
}
