import { assert, assertEquals } from "@std/assert";
import { isListpackSound } from "../../src/encodings/listpack.ts";
import { StreamId } from "../../src/encodings/stream_id.ts";
import {
  EntryFlag,
  isStreamListpackSound,
  NodeEntry,
  StreamNodes,
  type Words,
} from "../../src/encodings/stream_nodes.ts";
import type { Arena } from "../../src/arena/arena.ts";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { Arguments } from "../../src/resp/arguments.ts";
import { arenaProperty, assertHolds } from "../support/arena_property.ts";
import { textOf } from "../support/byte_ranges.ts";
import type { Chance } from "../support/property.ts";

const WORD = 2 ** 32;

interface Entry {
  readonly id: string;
  readonly words: readonly string[];
  isDeleted: boolean;
}

/** The words of a request; the entry's are behind the first. */
function requestOf(words: readonly string[]): Words {
  const request = new Arguments();
  request.assign(["XADD", ...words].map(fromLatin1));
  return request;
}

/** Moves an id on, by one or far, within its words or across them. */
function advance(chance: Chance, id: StreamId): boolean {
  const before = id.clone();
  const low = () => chance.pick([0, 1, WORD - 1, chance.below(1000)]);
  const jump = chance.below(12);
  if (jump === 0) id.set(id.msHigh + 1, low(), low(), low());
  else if (jump === 1) id.set(id.msHigh, id.msLow + chance.below(70_000), low(), low());
  else if (jump === 2) id.set(id.msHigh, id.msLow, id.seqHigh + 1, low());
  else return id.increment();
  const words = [id.msHigh, id.msLow, id.seqHigh, id.seqLow];
  if (words.every((word) => word < WORD) && id.compare(before) > 0) return true;
  return id.copyFrom(before).increment();
}

/** Values of every encoding that a listpack has. */
const someWord = (chance: Chance) =>
  chance.pick([
    () => chance.binary(5),
    () => String(chance.int64()),
    () => chance.binary(90),
    () => "x".repeat(chance.oneIn(30) ? 5000 : 64),
  ])();

class Fixture {
  readonly nodes: StreamNodes;
  readonly entry = new NodeEntry();
  readonly model: Entry[] = [];
  node = 0;
  readonly #last = new StreamId();

  constructor(private readonly chance: Chance, private readonly arena: Arena) {
    this.nodes = new StreamNodes(arena);
    const word = () => chance.pick([0, 5, WORD - 1]);
    this.#last.set(chance.below(2 ** 20), word(), word(), word());
  }

  append(masterFields: readonly string[]): void {
    const { chance, nodes } = this;
    if (!advance(chance, this.#last)) return;
    const fields = chance.oneIn(2) ? masterFields : chance.list(4, () => someWord(chance));
    const words = fields.flatMap((field) => [field, someWord(chance)]);
    if (this.node === 0) this.node = nodes.create(this.#last, requestOf(words), 1);
    else nodes.append(this.node, this.#last, requestOf(words), 1);
    this.model.push({ id: this.#last.toString(), words, isDeleted: false });
  }

  /** Points {@link entry} at entry number `index`. */
  seek(index: number): void {
    assert(this.nodes.first(this.node, this.entry));
    for (let left = index; left > 0; left--) assert(this.nodes.next(this.entry));
  }

  read(): Entry {
    const words: string[] = [];
    this.nodes.forEachField(this.entry, (range) => words.push(textOf(range)));
    return { id: this.entry.id.toString(), words, isDeleted: this.entry.isDeleted };
  }

  assertIsModel(): void {
    const { nodes, node, entry, model } = this;
    const forwards: Entry[] = [];
    for (let more = nodes.first(node, entry); more; more = nodes.next(entry)) {
      forwards.push(this.read());
    }
    assertEquals(forwards, model);
    const backwards: Entry[] = [];
    for (let more = nodes.last(node, entry); more; more = nodes.previous(entry)) {
      backwards.push(this.read());
    }
    assertEquals(backwards.reverse(), model);
    const deleted = model.filter(({ isDeleted }) => isDeleted).length;
    assertEquals(nodes.liveCount(node), model.length - deleted);
    assertEquals(nodes.deletedCount(node), deleted);
    const [bytes, start] = [nodes.bytes(node), nodes.start(node)];
    assert(isListpackSound(bytes, start, nodes.size(node)));
    assert(isStreamListpackSound(bytes, start));
    assertHolds(this.arena, nodes.blocks(node));
  }
}

arenaProperty(
  "a stream's node gives its entries back, forwards and backwards, whatever their ids and fields",
  { trials: 60, size: 120 },
  (chance, arena) => {
    const fixture = new Fixture(chance, arena);
    const { nodes, entry, model } = fixture;
    const masterFields = chance.list(4, () => someWord(chance));
    fixture.append(masterFields);
    chance.run({
      "5 append": () => fixture.append(masterFields),
      "2 delete": () => {
        const index = chance.below(model.length);
        if (model[index].isDeleted) return;
        fixture.seek(index);
        nodes.markDeleted(entry);
        nodes.addDeleted(fixture.node, 1);
        model[index].isDeleted = true;
      },
      "shrink": () => nodes.shrink(fixture.node),
      "adopt": () => {
        const [bytes, start, size] = [
          nodes.bytes(fixture.node),
          nodes.start(fixture.node),
          nodes.size(fixture.node),
        ];
        const master = new StreamId().load(arena, fixture.node, 0);
        const adopted = nodes.adopt(master, bytes.slice(start, start + size), 0, size);
        nodes.free(fixture.node);
        fixture.node = adopted;
      },
      "step back and forth": () => {
        const index = chance.below(model.length);
        fixture.seek(index);
        assertEquals(nodes.previous(entry), index > 0);
        if (index === 0) return;
        assertEquals(entry.id.toString(), model[index - 1].id);
        assert(nodes.next(entry));
        assertEquals(entry.id.toString(), model[index].id);
      },
    });
    fixture.assertIsModel();
    nodes.free(fixture.node);
  },
);

arenaProperty(
  "a damaged node is found out, or can be walked both ways",
  { trials: 600, size: 12 },
  (chance, arena) => {
    const fixture = new Fixture(chance, arena);
    const { nodes, entry } = fixture;
    const masterFields = chance.list(3, () => chance.text(3, "ab1"));
    for (let left = chance.size + 1; left > 0; left--) fixture.append(masterFields);
    const [bytes, start] = [nodes.bytes(fixture.node), nodes.start(fixture.node)];
    const size = nodes.size(fixture.node);
    for (let left = chance.between(1, 2); left > 0; left--) {
      // Half of it where the counts are.
      bytes[start + chance.below(chance.oneIn(2) ? size : 12)] = chance.oneIn(3)
        ? chance.below(256)
        : chance.pick([0, 1, 2, 3, 4, 127]);
    }
    if (isListpackSound(bytes, start, size) && isStreamListpackSound(bytes, start)) {
      const seen: [number, boolean][] = [];
      for (let more = nodes.first(fixture.node, entry); more; more = nodes.next(entry)) {
        fixture.read();
        seen.push([entry.offset, (entry.flags & EntryFlag.Deleted) !== 0]);
      }
      const back: [number, boolean][] = [];
      for (let more = nodes.last(fixture.node, entry); more; more = nodes.previous(entry)) {
        back.push([entry.offset, entry.isDeleted]);
      }
      assertEquals(back.reverse(), seen);
      assertEquals(nodes.liveCount(fixture.node) + nodes.deletedCount(fixture.node), seen.length);
    }
    nodes.free(fixture.node);
  },
);
