import type { Call } from "../../command/call.ts";
import { err } from "../../command/errors.ts";
import type { DebugSubcommand } from "./debug_subcommand.ts";

function threeIntegers({ reply }: Call): undefined {
  for (let i = 0; i < 3; i++) reply.integer(i);
}

/** A sample reply of each type. */
const samples: Readonly<Record<string, (call: Call) => undefined>> = {
  string: ({ reply }) => reply.bulkText("Hello World"),
  integer: ({ reply }) => reply.integer(12345),
  double: ({ reply }) => reply.double(3.141),
  bignum: ({ reply }) => reply.bigNumber("1234567999999999999999999999999999999"),
  null: ({ reply }) => reply.null(),
  array(call) {
    call.reply.array(3);
    threeIntegers(call);
  },
  set(call) {
    call.reply.set(3);
    threeIntegers(call);
  },
  map({ reply }) {
    reply.map(3);
    for (let i = 0; i < 3; i++) {
      reply.integer(i);
      reply.boolean(i === 1);
    }
  },
  attrib({ reply, client }) {
    // An attribute is not a reply; it stands before one. RESP2 has none.
    if (client.resp >= 3) {
      reply.attribute(1);
      reply.bulkText("key-popularity");
      reply.array(2);
      reply.bulkText("key:123");
      reply.integer(90);
    }
    reply.bulkText("Some real reply following the attribute");
  },
  push({ reply, client }) {
    if (client.resp < 3) throw err("RESP2 is not supported by this command");
    reply.push(2);
    reply.bulkText("server-cpu-usage");
    reply.integer(42);
    reply.bulkText("Some real reply following the push reply");
  },
  verbatim: ({ reply }) => reply.verbatim("This is a verbatim\nstring", "txt"),
  true: ({ reply }) => reply.boolean(true),
  false: ({ reply }) => reply.boolean(false),
};

/** DEBUG PROTOCOL: replies with a value of a given type. */
export const protocol: DebugSubcommand = {
  words: 1,
  syntax: "type",
  summary: `Replies with a sample of a RESP type: ${Object.keys(samples).join(", ")}.`,
  run(call) {
    const sample = samples[call.args.text(2).toLowerCase()];
    if (sample === undefined) {
      throw err(
        "Wrong protocol type name. Please use one of the following: " +
          Object.keys(samples).join("|"),
      );
    }
    sample(call);
  },
};
