/**
 * What the real server replies to the requests of a test file, written down in `tests/recorded/`, so that a machine without redis-server
 * checks the same replies. `deno task record` writes it; where there is a redis-server the recording itself is checked.
 *
 *     redis 7.0.15
 *
 *     # LTRIM past the end deletes the key       a rule
 *     RPUSH t 1 2 3                              a request of it
 *     <tab>:"3"                                  its reply; a second one if RESP3 has another
 *
 * @module
 */
import { AssertionError } from "@std/assert";

/** A request as it stands in the test, and the text of its reply: one for all versions of the protocol, or one for each. */
export interface Exchange {
  readonly request: string;
  readonly replies: string[];
}

const FOLDER = new URL("../recorded/", import.meta.url);
const STALE = "the recording is stale: run `deno task record`";
const mayReadVariable =
  (await Deno.permissions.query({ name: "env", variable: "RECORD" })).state === "granted";
/** Whether recordings may be read. */
export const mayRead: boolean =
  (await Deno.permissions.query({ name: "read", path: FOLDER })).state === "granted";

/** Whether this run writes recordings. */
export const isRecording: boolean = mayReadVariable && Deno.env.get("RECORD") !== undefined;

/** The recording of the test file that runs. */
export class Recording {
  readonly #rules = new Map<string, readonly Exchange[]>();

  private constructor(private readonly file: URL, readonly version: string) {}

  /** Reads what is there; nothing if it may not be read, does not exist, or is about to be written anew. */
  static async load(version: string): Promise<Recording> {
    const name = /([^/]+?)(_test)?\.ts$/.exec(Deno.mainModule)?.[1];
    const file = new URL(`${name}.txt`, FOLDER);
    const text = mayRead && !isRecording ? await readIfThere(file) : "";
    const recording = new Recording(file, /^redis (.*)/.exec(text)?.[1] ?? version);
    for (const [rule, exchanges] of parse(text)) recording.#rules.set(rule, exchanges);
    return recording;
  }

  /** Whether there is any rule. */
  get isEmpty(): boolean {
    return this.#rules.size === 0;
  }

  /** The replies to the requests of a rule; throws if it is not recorded, or with other requests. */
  of(rule: string, requests: readonly string[]): readonly Exchange[] {
    const exchanges = this.#rules.get(rule);
    if (exchanges === undefined) throw new AssertionError(`No replies to "${rule}": ${STALE}`);
    const at = exchanges.findIndex(({ request }, i) => request !== requests[i]);
    if (at < 0 && exchanges.length === requests.length) return exchanges;
    throw new AssertionError(`Other requests in "${rule}": ${STALE}`);
  }

  /** Writes down what a rule's requests got, and all rules before. */
  async write(rule: string, exchanges: readonly Exchange[]): Promise<void> {
    if (this.#rules.has(rule)) throw new Error(`Two rules of the file have the name "${rule}"`);
    this.#rules.set(rule, exchanges);
    let text = `redis ${this.version}\n`;
    for (const [name, exchanges] of this.#rules) {
      text += `\n# ${name}\n${exchanges.map(exchangeText).join("")}`;
    }
    await Deno.mkdir(FOLDER, { recursive: true });
    await Deno.writeTextFile(this.file, text);
  }
}

async function readIfThere(file: URL): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function* parse(text: string): Generator<[rule: string, exchanges: Exchange[]]> {
  for (const part of text.split("\n\n").slice(1)) {
    const [title, ...lines] = part.split("\n").filter((line) => line !== "");
    const exchanges: Exchange[] = [];
    for (const line of lines) {
      if (line.startsWith("\t")) exchanges.at(-1)!.replies.push(line.slice(1));
      else exchanges.push({ request: line, replies: [] });
    }
    yield [title.slice("# ".length), exchanges];
  }
}

function exchangeText({ request, replies }: Exchange): string {
  return [request, ...replies.map((reply) => `\t${reply}`)].join("\n") + "\n";
}
