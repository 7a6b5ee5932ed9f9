/**
 * Whom a replica trusts when it connects to its primary by TLS (`tls-replication`).
 *
 * @module
 */
import type { Config } from "../config/config.ts";
import type { Host } from "../ports/host.ts";
import type { TlsTrust } from "../ports/network.ts";
import { LinkError } from "./link_input.ts";

/** The directives that name files. */
type FileDirective =
  | "tls-ca-cert-file"
  | "tls-cert-file"
  | "tls-client-cert-file"
  | "tls-client-key-file"
  | "tls-key-file";

/**
 * Whom to trust, and what to show: the certificate for clients if there is one, and otherwise that of the server. Undefined without TLS.
 * Throws {@link LinkError} if a file is missing.
 */
export function tlsTrust(config: Config, host: Host): TlsTrust | undefined {
  if (!config.flag("tls-replication")) return undefined;
  const read = (name: FileDirective) => {
    const file = config.text(name);
    try {
      return new TextDecoder().decode(host.readFile(file));
    } catch (error) {
      throw new LinkError(`Failed to load ${name} '${file}': ${(error as Error).message}`);
    }
  };
  if (config.text("tls-ca-cert-file") === "") {
    throw new LinkError("tls-replication needs tls-ca-cert-file");
  }
  const authorities = read("tls-ca-cert-file");
  const pairs = [
    ["tls-client-cert-file", "tls-client-key-file"],
    ["tls-cert-file", "tls-key-file"],
  ] as const;
  const pair = pairs.find(([cert]) => config.text(cert) !== "");
  const keys = pair === undefined ? undefined : { cert: read(pair[0]), key: read(pair[1]) };
  return { authorities, keys };
}
