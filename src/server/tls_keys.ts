/**
 * Reads the certificate and key for TLS, and checks the TLS directives.
 *
 * The runtime's TLS speaks TLS 1.2 and 1.3 with ciphers of its own choice, and cannot ask clients for certificates. A directive that asks
 * for anything else is refused, because a server that ignored it would be less secure than its owner believes.
 *
 * @module
 */
import { type Config, findDirective } from "../config/config.ts";
import type { DirectiveName } from "../config/directives.ts";
import { ConfigError } from "../config/kinds.ts";
import type { Host } from "../ports/host.ts";
import type { TlsKeys } from "../ports/network.ts";

/** Directives that must keep their default value, because the runtime leaves no choice. */
const NO_CHOICE = [
  "tls-key-file-pass",
  "tls-dh-params-file",
  "tls-ciphers",
  "tls-ciphersuites",
  "tls-prefer-server-ciphers",
] as const satisfies readonly DirectiveName[];

/** The certificate and its key, in PEM. Throws {@link ConfigError} if the configuration asks for something that cannot be done. */
export function readTlsKeys(config: Config, host: Host): TlsKeys {
  if (config.text("tls-auth-clients") !== "no") {
    throw new ConfigError(
      "tls-auth-clients must be 'no': this server cannot check certificates of clients " +
        "(use passwords or ACL users)",
    );
  }
  for (const name of NO_CHOICE) {
    if (!config.isDefault(findDirective(name)!)) {
      throw new ConfigError(
        `${name} is not supported: the runtime's TLS does not let it be chosen`,
      );
    }
  }
  const protocols = config.text("tls-protocols").toLowerCase().split(/[ ,]+/).sort().join(" ");
  if (protocols !== "" && protocols !== "tlsv1.2 tlsv1.3") {
    throw new ConfigError("tls-protocols must be 'TLSv1.2 TLSv1.3': others are not supported");
  }
  const read = (name: "tls-cert-file" | "tls-key-file") => {
    const file = config.text(name);
    if (file === "") throw new ConfigError(`tls-port needs ${name}`);
    try {
      return new TextDecoder().decode(host.readFile(file));
    } catch (error) {
      throw new ConfigError(`Failed to load ${name} '${file}': ${(error as Error).message}`);
    }
  };
  return { cert: read("tls-cert-file"), key: read("tls-key-file") };
}
