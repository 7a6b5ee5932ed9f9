import { assert, assertEquals } from "@std/assert";
import { type AofFile, Manifest, ManifestError } from "../../src/aof/manifest.ts";
import { type Chance, property } from "../support/property.ts";

/** A name that a file can have, most of them odd. */
const someName = (chance: Chance) =>
  chance.pick(["a", "append only.aof", "q\"u'ote", "#"]) +
  chance.binary(8).replaceAll(/[/\\]/g, "_");

/** A manifest after as many rewrites and new increments as the trial has steps. */
function someManifest(chance: Chance): Manifest {
  const manifest = new Manifest(someName(chance));
  if (chance.oneIn(5)) manifest.adoptBase(someName(chance));
  chance.run({
    "2 increment": () => manifest.addIncrement(),
    "base": () => manifest.replaceBase(chance.oneIn(2), chance.below(3)),
    "clear the history": () => {
      if (chance.oneIn(2)) manifest.history = [];
    },
  });
  return manifest;
}

const contents = ({ base, increments, history, files }: Manifest) => ({
  base,
  increments,
  history,
  files,
});

const namesOf = (files: readonly AofFile[]) => files.map(({ name }) => name).sort();

property("a manifest is read as it was written", { trials: 300, size: 20 }, (chance) => {
  const manifest = someManifest(chance);
  const text = manifest.format();
  if (text === "") return;
  const read = Manifest.parse(manifest.baseName, text);
  assertEquals(contents(read), contents(manifest));
  assertEquals(read.format(), text);
  const comment = chance.oneIn(2) ? "# a comment\n" : "";
  assertEquals(contents(Manifest.parse(manifest.baseName, comment + text)), contents(manifest));
});

property(
  "a new file never has the name of one that is in use or in the history, before or after a load",
  { trials: 300, size: 20 },
  (chance) => {
    const written = someManifest(chance);
    const text = written.format();
    const manifest = chance.oneIn(2) || text === ""
      ? written
      : Manifest.parse(written.baseName, text);
    const known = [...manifest.files, ...manifest.history].map(({ name }) => name);
    const last = manifest.increments.at(-1)?.sequence ?? 0;
    const increment = manifest.addIncrement();
    assert(increment.sequence > last);
    const isNew = !known.includes(increment.name);
    assert(isNew, increment.name);
  },
);

property(
  "a new base takes the place of everything but the increments that are kept, and what it replaces is history",
  { trials: 300, size: 12 },
  (chance) => {
    const manifest = someManifest(chance);
    const before = contents(manifest.clone());
    const kept = chance.below(before.increments.length + 1);
    const [isRdb, sequence] = [chance.oneIn(2), manifest.base?.sequence ?? 0];
    const base = manifest.replaceBase(isRdb, kept);
    assert(base.sequence > sequence && base.name.endsWith(isRdb ? ".rdb" : ".aof"));
    const gone = before.increments.length - kept;
    assertEquals(manifest.increments, before.increments.slice(gone));
    assertEquals(manifest.files, [base, ...before.increments.slice(gone)]);
    const superfluous = [...before.files.slice(0, before.files.length - kept), ...before.history];
    assertEquals(namesOf(manifest.history), namesOf(superfluous));
  },
);

property("a copy of a manifest goes its own way", { trials: 100, size: 12 }, (chance) => {
  const manifest = someManifest(chance);
  const before = structuredClone(contents(manifest));
  const copy = manifest.clone();
  const [increment, base] = [copy.addIncrement(), copy.replaceBase(true, 1)];
  assertEquals(contents(manifest), before);
  assertEquals(increment, manifest.addIncrement());
  assertEquals(base, manifest.replaceBase(true, 1));
});

property(
  "a damaged manifest is refused with a reason, or read as one that can be written again",
  { trials: 1500, size: 8 },
  (chance) => {
    const text = someManifest(chance).format() || "file a seq 1 type i\n";
    const at = chance.below(text.length);
    const inserted = chance.text(6, "\n \"'\\0123bihfile#\0");
    const damaged = text.slice(0, at) + inserted + text.slice(at + chance.below(12));
    try {
      const read = Manifest.parse("a", damaged);
      assertEquals(contents(Manifest.parse("a", read.format() || "#\n")), contents(read));
    } catch (error) {
      assert(error instanceof ManifestError, String(error));
    }
  },
);
