import { assertEquals } from "@std/assert";
import type { Arena } from "../../src/arena/arena.ts";
import { StreamId } from "../../src/encodings/stream_id.ts";
import {
  ConsumerGroups,
  GROUPS_WORD,
  NEVER_ACTIVE,
  UNKNOWN_ENTRIES_READ,
} from "../../src/keyspace/consumer_groups.ts";
import { arenaProperty, assertHolds } from "../support/arena_property.ts";
import { rangeOf, textOf } from "../support/byte_ranges.ts";
import type { Chance } from "../support/property.ts";

interface Pending {
  readonly consumer: string;
  readonly timeMs: number;
  readonly deliveries: number;
}

interface Group {
  lastId: string;
  entriesRead: number;
  readonly consumers: Map<string, { seenMs: number; activeMs: number }>;
  /** By id, padded so that it sorts. */
  readonly pending: Map<string, Pending>;
}

const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => a < b ? -1 : 1);

const idOf = (sequence: number) => new StreamId(0, 7, 0, sequence);
const keyOf = (id: StreamId) => String(id.seqLow).padStart(6, "0");

/** A stream's root, as far as groups go. */
function createRoot(arena: Arena): number {
  const root = arena.allocate(16);
  arena.clear(root, 16);
  return root;
}

/** All groups below a root, read one by one. */
function read(groups: ConsumerGroups, root: number): [string, Group][] {
  const found: [string, Group][] = [];
  groups.forEach(root, (group) => {
    const name = textOf(groups.name(group));
    const consumers: Group["consumers"] = new Map();
    groups.forEachConsumer(group, (consumer) => {
      consumers.set(textOf(groups.name(consumer)), {
        seenMs: groups.seen(consumer),
        activeMs: groups.active(consumer),
      });
    });
    const pending: Group["pending"] = new Map();
    groups.forEachPending(group, "group", new StreamId(), (entry) => {
      pending.set(keyOf(groups.pendingId(entry)), {
        consumer: textOf(groups.name(groups.consumerOf(entry))),
        timeMs: groups.deliveryTime(entry),
        deliveries: groups.deliveries(entry),
      });
    });
    const position = {
      lastId: groups.lastId(group).toString(),
      entriesRead: groups.entriesRead(group),
    };
    found.push([name, { ...position, consumers, pending }]);
  });
  return found;
}

function inOrder(model: ReadonlyMap<string, Group>): [string, Group][] {
  return sorted(model).map(([name, group]) => [name, {
    ...group,
    consumers: new Map(sorted(group.consumers)),
    pending: new Map(sorted(group.pending)),
  }]);
}

/** Whoever has entries pending has them in order, and knows how many. */
function assertConsumersHoldTheirOwn(
  groups: ConsumerGroups,
  root: number,
  model: ReadonlyMap<string, Group>,
): void {
  for (const [name, { consumers, pending }] of model) {
    const group = groups.find(root, rangeOf(name));
    assertEquals(groups.pendingCount(group, "group"), pending.size);
    assertEquals(groups.consumerCount(group), consumers.size);
    for (const consumerName of consumers.keys()) {
      const consumer = groups.findConsumer(group, rangeOf(consumerName));
      const own = sorted(pending).filter(([, entry]) => entry.consumer === consumerName);
      const seen: string[] = [];
      groups.forEachPending(consumer, "consumer", new StreamId(), (entry) => {
        seen.push(keyOf(groups.pendingId(entry)));
      });
      assertEquals(seen, own.map(([key]) => key));
      assertEquals(groups.pendingCount(consumer, "consumer"), own.length);
    }
  }
}

const position = (chance: Chance) =>
  [
    idOf(chance.below(100)),
    chance.oneIn(3) ? UNKNOWN_ENTRIES_READ : chance.below(1000),
  ] as const;

arenaProperty(
  "an entry is pending with one consumer of its group, and its group and its consumer agree on that",
  { trials: 50, size: 300 },
  (chance, arena) => {
    const groups = new ConsumerGroups(arena);
    const root = createRoot(arena);
    const model = new Map<string, Group>();
    const ids = chance.pick([5, 200]);
    const word = () => chance.text(2, "ab\0");
    /** Calls `use` with a group there is, if any. */
    const withGroup = (use: (group: number, known: Group) => void) => {
      if (model.size === 0) return;
      const [name, known] = chance.pick([...model]);
      use(groups.find(root, rangeOf(name)), known);
    };
    /** The same with one of its consumers. */
    const withConsumer = (
      use: (group: number, known: Group, consumer: number, name: string) => void,
    ) =>
      withGroup((group, known) => {
        if (known.consumers.size === 0) return;
        const name = chance.pick([...known.consumers.keys()]);
        use(group, known, groups.findConsumer(group, rangeOf(name)), name);
      });
    chance.run({
      "make a group": () => {
        const name = word();
        assertEquals(groups.find(root, rangeOf(name)) !== 0, model.has(name));
        if (model.has(name)) return;
        const [lastId, entriesRead] = position(chance);
        groups.create(root, rangeOf(name), lastId, entriesRead);
        model.set(name, {
          lastId: lastId.toString(),
          entriesRead,
          consumers: new Map(),
          pending: new Map(),
        });
      },
      "remove a group": () => {
        if (!chance.oneIn(4) || model.size === 0) return;
        const name = chance.pick([...model.keys()]);
        groups.remove(root, groups.find(root, rangeOf(name)));
        model.delete(name);
      },
      "2 make a consumer": () =>
        withGroup((group, { consumers }) => {
          const [name, seenMs] = [word(), chance.below(2 ** 41)];
          assertEquals(groups.findConsumer(group, rangeOf(name)) !== 0, consumers.has(name));
          if (consumers.has(name)) return;
          groups.createConsumer(group, rangeOf(name), seenMs);
          consumers.set(name, { seenMs, activeMs: NEVER_ACTIVE });
        }),
      "remove a consumer": () =>
        withConsumer((group, { consumers, pending }, consumer, name) => {
          const own = [...pending].filter(([, entry]) => entry.consumer === name);
          assertEquals(groups.removeConsumer(group, consumer), own.length);
          for (const [key] of own) pending.delete(key);
          consumers.delete(name);
        }),
      "5 deliver": () =>
        withConsumer((group, { pending }, consumer, name) => {
          const id = idOf(chance.below(ids));
          const [timeMs, deliveries] = [chance.below(2 ** 41), chance.between(1, 9)];
          const found = groups.findPending(group, id);
          assertEquals(found !== 0, pending.has(keyOf(id)));
          if (found === 0) groups.addPending(group, consumer, id, timeMs, deliveries);
          else {
            groups.movePending(found, consumer);
            groups.setDelivery(found, timeMs, deliveries);
          }
          pending.set(keyOf(id), { consumer: name, timeMs, deliveries });
        }),
      "2 acknowledge": () =>
        withGroup((group, { pending }) => {
          const id = idOf(chance.below(ids));
          const found = groups.findPending(group, id);
          assertEquals(found !== 0, pending.delete(keyOf(id)));
          if (found !== 0) groups.removePending(group, found);
        }),
      "set the position": () =>
        withGroup((group, known) => {
          const [lastId, entriesRead] = position(chance);
          groups.setPosition(group, lastId, entriesRead);
          known.lastId = lastId.toString();
          known.entriesRead = entriesRead;
        }),
      "be active": () =>
        withConsumer((_, { consumers }, consumer, name) => {
          const [seenMs, activeMs] = [chance.below(100), chance.below(100)];
          groups.setSeen(consumer, seenMs);
          groups.setActive(consumer, activeMs);
          consumers.set(name, { seenMs, activeMs });
        }),
      "find the first pending from an id on": () =>
        withGroup((group, { pending }) => {
          const id = idOf(chance.below(ids));
          const keys = sorted(pending).map(([key]) => key);
          const found = groups.firstPending(group, id);
          const expected = keys.find((key) => key >= keyOf(id));
          assertEquals(found === 0 ? undefined : keyOf(groups.pendingId(found)), expected);
          const rank = chance.below(keys.length + 2);
          const at = groups.pendingAt(group, "group", rank);
          assertEquals(at === 0 ? undefined : keyOf(groups.pendingId(at)), keys[rank]);
        }),
    });
    assertEquals(groups.count(root), model.size);
    assertEquals(read(groups, root), inOrder(model));
    assertConsumersHoldTheirOwn(groups, root, model);
    const copy = createRoot(arena);
    groups.copyAll(root, copy);
    assertEquals(read(groups, copy), inOrder(model));
    assertHolds(arena, [root, copy, ...groups.blocks(root), ...groups.blocks(copy)]);
    for (const _ of groups.dismantleAll(copy));
    assertEquals(read(groups, root), inOrder(model));
    for (const _ of groups.dismantleAll(root));
    assertEquals([arena.load(root, GROUPS_WORD), groups.count(root)], [0, 0]);
    arena.free(root);
    arena.free(copy);
  },
);
