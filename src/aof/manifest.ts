/**
 * The manifest of an append-only file: which files it is made of, in the text format of Redis 7.
 *
 *     file appendonly.aof.2.base.rdb seq 2 type b
 *     file appendonly.aof.4.incr.aof seq 4 type i
 *     file appendonly.aof.5.incr.aof seq 5 type i
 *
 * The base (b) holds all data at one moment. Increments (i) hold the changes since then and are read in order. History (h) are files that a
 * rewrite has replaced and that are about to be removed.
 *
 * @module
 */
import { fromLatin1, latin1 } from "../lib/bytes.ts";
import { quote, splitWords } from "../lib/quoted_words.ts";

const LONGEST_LINE = 1024;

/** One file of an append-only file. */
export interface AofFile {
  /** Name in the directory. */
  readonly name: string;
  /** Its number among the files of its type. */
  readonly sequence: number;
}

/** Thrown for a manifest that cannot be understood. */
export class ManifestError extends Error {
  override name = "ManifestError";
}

/** The files of an append-only file, and the names of the next ones. */
export class Manifest {
  /** The file with all data at one moment; undefined if there is none. */
  base: AofFile | undefined = undefined;
  /** The files with the changes since then, in order. */
  readonly increments: AofFile[] = [];
  /** The files that are no longer needed. Those that were replaced last come first, as in Redis 7.2. */
  history: AofFile[] = [];
  #baseSequence = 0;
  #incrementSequence = 0;

  /** A manifest of no files; `baseName` is the `appendfilename` that all names begin with. */
  constructor(readonly baseName: string) {}

  /** Reads a manifest; throws {@link ManifestError}. */
  static parse(baseName: string, text: string): Manifest {
    const manifest = new Manifest(baseName);
    const lines = text.split("\n");
    if (text === "") throw new ManifestError("Found an empty AOF manifest");
    if (lines.pop() !== "") throw new ManifestError("The AOF manifest file contains too long line");
    lines.forEach((line, i) => {
      try {
        if (!line.startsWith("#")) manifest.#addLine(line);
      } catch (error) {
        if (!(error instanceof ManifestError)) throw error;
        throw new ManifestError(
          `Reading the manifest file, at line ${i + 1}\n>>> '${line}'\n${error.message}`,
        );
      }
    });
    return manifest;
  }

  /** The manifest's text. */
  format(): string {
    const lines: string[] = [];
    const add = (file: AofFile, type: "b" | "h" | "i") => {
      const needsQuotes = /[^!-~]|["'\\]/.test(file.name);
      const name = needsQuotes ? quote(fromLatin1(file.name)) : file.name;
      lines.push(`file ${name} seq ${file.sequence} type ${type}\n`);
    };
    if (this.base !== undefined) add(this.base, "b");
    for (const file of this.history) add(file, "h");
    for (const file of this.increments) add(file, "i");
    return lines.join("");
  }

  /** A copy to change. It replaces this manifest when it is safe on disk. */
  clone(): Manifest {
    const copy = new Manifest(this.baseName);
    copy.base = this.base;
    copy.increments.push(...this.increments);
    copy.history = [...this.history];
    copy.#baseSequence = this.#baseSequence;
    copy.#incrementSequence = this.#incrementSequence;
    return copy;
  }

  /** The files to read, in order. */
  get files(): AofFile[] {
    return this.base === undefined ? [...this.increments] : [this.base, ...this.increments];
  }

  /** Adds a base that replaces the old one and all increments but the last `kept`. Its name says whether it is an RDB file. */
  replaceBase(isRdb: boolean, kept: number): AofFile {
    const sequence = ++this.#baseSequence;
    const name = `${this.baseName}.${sequence}.base.${isRdb ? "rdb" : "aof"}`;
    const superfluous = this.increments.splice(0, this.increments.length - kept);
    if (this.base !== undefined) superfluous.push(this.base);
    this.history.unshift(...superfluous);
    return this.base = { name, sequence };
  }

  /** Makes a file from before there were manifests the base, under the name that it has. */
  adoptBase(name: string): void {
    this.#baseSequence = 1;
    this.base = { name, sequence: 1 };
  }

  /** Adds an increment behind the others. */
  addIncrement(): AofFile {
    // A file that is history may still exist, so its name is not used again.
    let name: string;
    do {
      name = `${this.baseName}.${++this.#incrementSequence}.incr.aof`;
    } while (this.history.some((old) => old.name === name));
    const file = { name, sequence: this.#incrementSequence };
    this.increments.push(file);
    return file;
  }

  #addLine(line: string): void {
    if (line.length >= LONGEST_LINE) {
      throw new ManifestError("The AOF manifest file contains too long line");
    }
    const words = splitWords(fromLatin1(line))?.map((word) => latin1(word, 0, word.length));
    if (words === undefined || words.length < 6 || words.length % 2 !== 0) throw invalid();
    const values: Record<string, string> = {};
    for (let i = 0; i < words.length; i += 2) values[words[i].toLowerCase()] = words[i + 1];
    const { file: name = "", seq = "", type = "" } = values;
    const sequence = Number(seq);
    if (name === "" || !Number.isSafeInteger(sequence) || sequence < 1 || type === "") {
      throw invalid();
    }
    if (/[/\\]/.test(name)) {
      throw new ManifestError("File can't be a path, just a filename");
    }
    this.#add({ name, sequence }, type);
  }

  #add(file: AofFile, type: string): void {
    if (type === "b") {
      if (this.base !== undefined) {
        throw new ManifestError("Found duplicate base file information");
      }
      this.base = file;
      this.#baseSequence = file.sequence;
    } else if (type === "h") this.history.push(file);
    else if (type === "i") {
      if (file.sequence <= this.#incrementSequence) {
        throw new ManifestError("Found a non-monotonic sequence number");
      }
      this.increments.push(file);
      this.#incrementSequence = file.sequence;
    } else throw new ManifestError("Unknown AOF file type");
  }
}

const invalid = () => new ManifestError("Invalid AOF manifest file format");
