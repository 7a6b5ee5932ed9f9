import type { Client } from "../clients/client.ts";

/** Where a replica can be reached: the address and port that it has told, or else what its connection says. */
export function replicaAddress({ connection, replica }: Client): { ip: string; port: number } {
  const { address = "", port = 0 } = replica ?? {};
  return {
    ip: address || connection.remoteAddress.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1"),
    port,
  };
}

/** A replica's name in the log. */
export function replicaName(client: Client): string {
  const { ip, port } = replicaAddress(client);
  const host = ip.includes(":") ? `[${ip}]` : ip;
  return port === 0 ? `${ip}:<unknown-replica-port>` : `${host}:${port}`;
}
