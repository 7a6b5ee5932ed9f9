/** The commands of the group "generic". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { dump, restore, restoreAsking } from "./dump.ts";
import { del, exists, touch, unlink } from "./del.ts";
import {
  expire,
  expireat,
  expiretime,
  persist,
  pexpire,
  pexpireat,
  pexpiretime,
  pttl,
  ttl,
} from "./expire.ts";
import { keys, randomkey, scan, type } from "./keys_scan.ts";
import { migrate } from "./migrate.ts";
import { object } from "./object.ts";
import { sort, sortRo } from "./sort.ts";
import { copy, move, rename, renamenx } from "./rename.ts";
import { wait, waitaof } from "./wait.ts";

/** All of them. */
export const genericCommands: readonly CommandSpec[] = [
  copy,
  del,
  dump,
  exists,
  expire,
  expireat,
  expiretime,
  keys,
  migrate,
  move,
  object,
  persist,
  pexpire,
  pexpireat,
  pexpiretime,
  pttl,
  randomkey,
  rename,
  renamenx,
  restore,
  restoreAsking,
  scan,
  sort,
  sortRo,
  touch,
  ttl,
  type,
  unlink,
  wait,
  waitaof,
];
