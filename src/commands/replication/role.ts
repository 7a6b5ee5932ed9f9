import type { LinkFigures } from "../../command/following_control.ts";
import type { ReplyWriter } from "../../resp/reply_writer.ts";
import { command, type CommandSpec } from "../../command/spec.ts";

/** Replies with where the primary is, and how far this server is in following it. */
function replyLink(reply: ReplyWriter, { address, appliedOffset, state }: LinkFigures): undefined {
  reply.array(5);
  reply.bulkText("slave");
  reply.bulkText(address.host);
  reply.integer(address.port);
  reply.bulkText(state);
  reply.integer(state === "connected" ? appliedOffset : -1);
}

/** ROLE: replies with this server's role in replication, how far its history has come, and who follows it. */
export const role: CommandSpec = command({
  name: "role",
  group: "server",
  summary: "Tells whether the server is a primary or a replica, and of whom.",
  since: "2.8.12",
  complexity: "O(1)",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast"],
  categories: ["admin", "dangerous"],
  run({ reply, server }) {
    const { link } = server.following;
    if (link !== undefined) return replyLink(reply, link);
    const { history, role } = server.replication;
    reply.array(3);
    reply.bulkText(role);
    reply.integer(history.offset);
    const replicas = server.replication.replicaFigures().filter(({ state }) => state === "online");
    reply.array(replicas.length);
    for (const { ip, port, offset } of replicas) {
      reply.array(3);
      reply.bulkText(ip);
      reply.bulkText(String(port));
      reply.bulkText(String(offset));
    }
  },
});
