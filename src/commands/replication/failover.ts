import type { AdminCall } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import type { FailoverRequest } from "../../command/failover_control.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";
import { mustBeAlone } from "../shared/cluster_limits.ts";

function parse(call: AdminCall): FailoverRequest {
  const { args } = call;
  let [timeoutMs, isForced] = [0, false];
  let target: FailoverRequest["target"];
  for (let i = 1; i < args.count; i++) {
    const left = args.count - 1 - i;
    if (args.is(i, "TIMEOUT") && left >= 1 && timeoutMs === 0) {
      timeoutMs = call.integer(++i);
      if (timeoutMs <= 0) throw err("FAILOVER timeout must be greater than 0");
    } else if (args.is(i, "TO") && left >= 2 && target === undefined) {
      target = { host: args.text(i + 1), port: call.integer(i + 2) };
      i += 2;
    } else if (args.is(i, "FORCE") && !isForced) isForced = true;
    else throw errors.syntax;
  }
  return { target, timeoutMs, isForced };
}

/** Throws if the server cannot hand over its role to this replica, or to any. */
function check({ server }: AdminCall, { target, timeoutMs, isForced }: FailoverRequest): void {
  const { failover, following, replication } = server;
  if (failover.state !== "no-failover") throw err("FAILOVER already in progress.");
  if (following.link !== undefined) throw err("FAILOVER is not valid when server is a replica.");
  const replicas = replication.replicaFigures();
  if (replicas.length === 0) throw err("FAILOVER requires connected replicas.");
  if (isForced && (timeoutMs === 0 || target === undefined)) {
    throw err("FAILOVER with force option requires both a timeout and target HOST and IP.");
  }
  if (target === undefined) return;
  const found = replicas.find(({ ip, port }) =>
    port === target.port && ip.toLowerCase() === target.host.toLowerCase()
  );
  if (found === undefined) throw err("FAILOVER target HOST and PORT is not a replica.");
  if (found.state !== "online") throw err("FAILOVER target replica is not online.");
}

/** FAILOVER: hands the role of the primary over to a replica. */
export const failover: CommandSpec = adminCommand({
  name: "failover",
  group: "server",
  summary: "Lets a replica become the primary in this server's place.",
  since: "6.2.0",
  complexity: "O(1)",
  arity: -1,
  flags: ["admin", "noscript", "stale"],
  syntax: "[TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]",
  run(call) {
    const { args, reply, server: { failover } } = call;
    mustBeAlone(
      call,
      "FAILOVER not allowed in cluster mode. Use CLUSTER FAILOVER command instead.",
    );
    if (args.count === 2 && args.is(1, "ABORT")) {
      if (failover.state === "no-failover") throw err("No failover in progress.");
      failover.abort("Failover manually aborted");
      return reply.ok();
    }
    const request = parse(call);
    check(call, request);
    failover.begin(request);
    reply.ok();
  },
});
