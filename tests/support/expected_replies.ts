/**
 * What the requests of a script are compared with: the replies of the real server, or recorded ones where it is not installed. Where it is, the
 * recording is compared with it, or written.
 *
 * @module
 */
import { AssertionError } from "@std/assert";
import { oracleVersion } from "./oracle.ts";
import { type Exchange, isRecording, mayRead, Recording } from "./recording.ts";

const version = await oracleVersion();
const recording = await Recording.load(version ?? "");

/** Whether scripts can run: the real server is there, or its recorded replies to the scripts of this file. */
export const canExpect: boolean = version !== undefined || !recording.isEmpty;

/** The replies to the requests of one rule. */
export class ExpectedReplies {
  readonly #heard: readonly Exchange[];
  readonly #recorded: readonly Exchange[] | undefined;

  /** Throws if the replies are to be recorded ones, and are those to other requests. */
  constructor(private readonly rule: string, private readonly requests: readonly string[]) {
    this.#heard = requests.map((request) => ({ request, replies: [] }));
    if (version === undefined) this.#recorded = recording.of(rule, requests);
  }

  /** The reply to a request, each time in the next version of the protocol; `ask` asks the real server. */
  async next(at: number, ask?: () => Promise<string>): Promise<string> {
    const { replies } = this.#heard[at];
    const reply = ask === undefined ? written(this.#recorded![at], replies.length) : await ask();
    replies.push(reply);
    return reply;
  }

  /** Writes the recording; or throws if the real server has replied otherwise, and is of the same version. */
  async finish(isSame: (written: string, reply: string, at: number) => boolean): Promise<void> {
    if (isRecording) {
      const exchanges = this.#heard.map(({ request, replies: [first, ...others] }, at) => ({
        request,
        replies: [first, ...others.filter((other) => !isSame(first, other, at))],
      }));
      return await recording.write(this.rule, exchanges);
    }
    if (this.#recorded !== undefined || !mayRead) return;
    const recorded = recording.of(this.rule, this.requests);
    if (recording.version !== version) return;
    for (const [at, { request, replies }] of this.#heard.entries()) {
      for (const [i, reply] of replies.entries()) {
        const before = written(recorded[at], i);
        if (isSame(before, reply, at)) continue;
        throw new AssertionError(
          `${request}\n  recorded: ${before}\n  redis:    ${reply}\n` +
            "Run `deno task record`, or mark a line whose reply differs from time to time",
        );
      }
    }
  }
}

/** The reply in a version of the protocol: one is written for all if they do not differ. */
function written({ replies }: Exchange, version: number): string {
  return replies[version] ?? replies[0];
}
