/**
 * Where a server is, as a URL says it: `redis://user:password@host:port/database`, or `rediss://` for TLS.
 *
 * @module
 */

const DEFAULT_PORT = 6379;

/** A server, and who to be there. */
export interface ServerAddress {
  readonly hostname: string;
  readonly port: number;
  readonly usesTls: boolean;
  /** Empty for the default user. */
  readonly user: string;
  /** Empty if there is none. */
  readonly password: string;
  /** The database; undefined means all. */
  readonly database: number | undefined;
}

/** Reads a URL. Throws an `Error` that says what is wrong, and never shows the password. */
export function parseServerUrl(text: string): ServerAddress {
  if (!URL.canParse(text)) throw new Error("not a URL such as redis://user:password@host:6379/0");
  const url = new URL(text);
  if (url.protocol !== "redis:" && url.protocol !== "rediss:") {
    throw new Error(`the URL must begin with redis:// or rediss://, not ${url.protocol}//`);
  }
  const hostname = decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, "$1");
  if (hostname === "") throw new Error("the URL names no host");
  const path = url.pathname.replace(/^\//, "");
  if (path !== "" && !/^\d{1,6}$/.test(path)) throw new Error(`'${path}' is no database`);
  return {
    hostname,
    port: url.port === "" ? DEFAULT_PORT : Number(url.port),
    usesTls: url.protocol === "rediss:",
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: path === "" ? undefined : Number(path),
  };
}

/** The address as it may be shown and written down. */
export function shownAddress({ database, hostname, port, usesTls }: ServerAddress): string {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  const path = database === undefined ? "" : `/${database}`;
  return `${usesTls ? "rediss" : "redis"}://${host}:${port}${path}`;
}
