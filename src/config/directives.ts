/**
 * Every directive of Redis 7.2: its name, kind, default, and whether it can change at run time. One list; CONFIG, the configuration
 * file, the command line and docs/CONFIGURATION.md all read it.
 *
 * @module
 */
import { INT64_LIMIT } from "../lib/integer.ts";
import {
  anyBytes,
  anyText,
  baseName,
  clamped,
  type ConfigValue,
  eventClasses,
  integer,
  integers,
  type Kind,
  memory,
  memoryOrPercent,
  octal,
  oneOf,
  outputLimits,
  percentiles,
  primary,
  saveRules,
  someOf,
  textLike,
  titleTemplate,
  words,
  yesNo,
} from "./kinds.ts";

/** Whether a directive does anything here. */
export type Support =
  /** It has its effect. */
  | "works"
  /** It is accepted and shown but changes nothing, because what it tunes does not exist in this server, or not yet. */
  | "accepted";

/** One directive. */
export interface Directive<
  Name extends string = string,
  Value extends ConfigValue = ConfigValue,
  Written = unknown,
> {
  readonly name: Name;
  /** Older name that still works. */
  readonly alias?: string;
  readonly kind: Kind<Value, Written>;
  readonly default: Value;
  readonly support: Support;
  /** Cannot change at run time. */
  readonly isImmutable: boolean;
  /** Can change at run time only if `enable-protected-configs` allows. */
  readonly isProtected: boolean;
  /** CONFIG GET shows it only when asked for its full name. */
  readonly isHidden: boolean;
  /** The slow log must not show its value. */
  readonly isSecret: boolean;
  /** Cannot change while data is loaded. */
  readonly isFixedWhileLoading: boolean;
  /** Takes several words. */
  readonly takesWords: boolean;
}

type Trait = "immutable" | "protected" | "hidden" | "secret" | "fixed-while-loading" | "works";

/** The words of a text with a space between them, as a union. */
type WordsOf<Text extends string> = Text extends `${infer First} ${infer Rest}`
  ? First | WordsOf<Rest>
  : Text;
type FirstWord<Text extends string> = Text extends `${infer First} ${string}` ? First : Text;

function define<const Names extends string, Value extends ConfigValue, Written>(
  kind: Kind<Value, Written>,
  takesWords: boolean,
  names: Names,
  value: NoInfer<Value>,
  traits: readonly Trait[],
): Directive<FirstWord<Names>, Value, Written> {
  const [name, alias] = names.split(" ");
  return {
    name: name as FirstWord<Names>,
    ...(alias === undefined ? {} : { alias }),
    kind,
    default: value,
    support: traits.includes("works") ? "works" : "accepted",
    isImmutable: traits.includes("immutable"),
    isProtected: traits.includes("protected"),
    isHidden: traits.includes("hidden"),
    isSecret: traits.includes("secret"),
    isFixedWhileLoading: traits.includes("fixed-while-loading"),
    takesWords,
  };
}

const INT = 2 ** 31 - 1;
const ULONG = 2 ** 64;
const MB = 1024 ** 2;

function flag<const N extends string>(names: N, value: boolean, ...traits: Trait[]) {
  return define(yesNo, false, names, value, traits);
}
function string<const N extends string>(names: N, value: string, ...traits: Trait[]) {
  return define(anyText, false, names, value, traits);
}
function number<const N extends string>(
  names: N,
  min: number,
  max: number,
  value: number,
  ...traits: Trait[]
) {
  return define(integer(min, max), false, names, value, traits);
}
function bytes<const N extends string>(
  names: N,
  min: number,
  max: number,
  value: number,
  ...traits: Trait[]
) {
  return define(memory(min, max), false, names, value, traits);
}
function choice<const N extends string, const Choices extends string>(
  names: N,
  choices: Choices,
  value: WordsOf<Choices>,
  ...traits: Trait[]
) {
  const kind = oneOf(...choices.split(" ") as WordsOf<Choices>[]);
  return define(kind, false, names, value, traits);
}
function base<const N extends string>(
  name: N,
  what: "filename" | "dirname",
  value: string,
  ...traits: Trait[]
) {
  return define(baseName(name, what), false, name, value, traits);
}
function list<const N extends string>(
  kind: Kind<string, string>,
  names: N,
  value: string,
  ...traits: Trait[]
) {
  return define(kind, true, names, value, traits);
}

const all = [
  // Network
  list(words, "bind", "127.0.0.1 -::1", "works"),
  string("bind-source-addr", ""),
  number("port", 0, 65535, 6379, "works"),
  flag("protected-mode", true, "works"),
  number("tcp-backlog", 0, INT, 511, "immutable"),
  string("unixsocket", "", "immutable", "works"),
  define(octal, false, "unixsocketperm", 0, ["immutable", "works"]),
  number("timeout", 0, INT, 0, "works"),
  number("tcp-keepalive", 0, INT, 300, "works"),
  number("socket-mark-id", 0, 2 ** 32 - 1, 0, "immutable"),
  number("maxclients", 1, 2 ** 32 - 1, 10000, "works"),
  bytes("proto-max-bulk-len", MB, INT64_LIMIT, 512 * MB, "works"),
  bytes("client-query-buffer-limit", MB, INT64_LIMIT, 1024 * MB, "works"),
  list(
    outputLimits,
    "client-output-buffer-limit",
    "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
    "works",
  ),
  number("io-threads", 1, 128, 1, "immutable"),
  flag("io-threads-do-reads", false, "immutable"),

  // TLS
  number("tls-port", 0, 65535, 0, "works"),
  string("tls-cert-file", "", "works"),
  string("tls-key-file", "", "works"),
  string("tls-key-file-pass", "", "secret"),
  string("tls-client-cert-file", "", "works"),
  string("tls-client-key-file", "", "works"),
  string("tls-client-key-file-pass", "", "secret"),
  string("tls-dh-params-file", ""),
  string("tls-ca-cert-file", "", "works"),
  string("tls-ca-cert-dir", ""),
  choice("tls-auth-clients", "no yes optional", "yes", "works"),
  flag("tls-replication", false, "works"),
  flag("tls-cluster", false),
  string("tls-protocols", "", "works"),
  string("tls-ciphers", ""),
  string("tls-ciphersuites", ""),
  flag("tls-prefer-server-ciphers", false),
  flag("tls-session-caching", true),
  number("tls-session-cache-size", 0, INT, 20480),
  number("tls-session-cache-timeout", 0, INT, 300),

  // General
  flag("daemonize", false, "immutable"),
  choice("supervised", "upstart systemd auto no", "no", "immutable"),
  string("pidfile", "", "immutable", "works"),
  choice("loglevel", "debug verbose notice warning nothing", "notice", "works"),
  string("logfile", "", "immutable", "works"),
  flag("syslog-enabled", false, "immutable"),
  string("syslog-ident", "redis", "immutable"),
  choice(
    "syslog-facility",
    "user local0 local1 local2 local3 local4 local5 local6 local7",
    "local0",
    "immutable",
  ),
  flag("crash-log-enabled", true),
  flag("crash-memcheck-enabled", true),
  flag("use-exit-on-panic", false, "hidden"),
  number("databases", 1, INT, 16, "immutable", "works"),
  flag("always-show-logo", false, "immutable"),
  flag("set-proc-title", true, "immutable"),
  define(
    titleTemplate,
    false,
    "proc-title-template",
    "{title} {listen-addr} {server-mode}",
    [],
  ),
  string("locale-collate", ""),
  string("dir", "", "protected", "fixed-while-loading", "works"),
  number("watchdog-period", 0, INT, 0, "hidden"),
  number("shutdown-timeout", 0, INT, 10, "works"),
  list(
    someOf("default", "save", "nosave", "now", "force"),
    "shutdown-on-sigint",
    "default",
    "works",
  ),
  list(
    someOf("default", "save", "nosave", "now", "force"),
    "shutdown-on-sigterm",
    "default",
    "works",
  ),
  define(clamped(integer(0, INT), 1, 500), false, "hz", 10, ["works"]),
  flag("dynamic-hz", true),
  flag("activerehashing", true),
  flag("jemalloc-bg-thread", true),
  flag("disable-thp", true, "immutable"),
  string("ignore-warnings", ""),
  choice("oom-score-adj", "no yes relative absolute", "no", "works"),
  list(
    integers(
      3,
      -2000,
      2000,
      "Invalid oom-score-adj-values, elements must be between -2000 and 2000.",
    ),
    "oom-score-adj-values",
    "0 200 800",
    "works",
  ),
  string("server_cpulist", "", "immutable"),
  string("bio_cpulist", "", "immutable"),
  string("aof_rewrite_cpulist", "", "immutable"),
  string("bgsave_cpulist", "", "immutable"),
  choice("propagation-error-behavior", "ignore panic panic-on-replicas", "ignore", "works"),

  // Persistence
  list(saveRules, "save", "3600 1 300 100 60 10000", "works"),
  flag("stop-writes-on-bgsave-error", true, "works"),
  flag("rdbcompression", true, "works"),
  flag("rdbchecksum", true, "immutable", "works"),
  choice("sanitize-dump-payload", "no yes clients", "no"),
  base("dbfilename", "filename", "dump.rdb", "protected", "works"),
  flag("rdb-del-sync-files", false, "works"),
  flag("rdb-save-incremental-fsync", true),
  number("rdb-key-save-delay", -INT, INT, 0, "hidden", "works"),
  number("key-load-delay", -INT, INT, 0, "hidden", "works"),
  bytes("loading-process-events-interval-bytes", 1024, INT64_LIMIT, 2 * MB, "hidden", "works"),
  flag("appendonly", false, "fixed-while-loading", "works"),
  base("appendfilename", "filename", "appendonly.aof", "immutable", "works"),
  base("appenddirname", "dirname", "appendonlydir", "immutable", "works"),
  choice("appendfsync", "everysec always no", "everysec", "works"),
  flag("no-appendfsync-on-rewrite", false, "works"),
  number("auto-aof-rewrite-percentage", 0, INT, 100, "works"),
  bytes("auto-aof-rewrite-min-size", 0, INT64_LIMIT, 64 * MB, "works"),
  flag("aof-load-truncated", true, "works"),
  flag("aof-use-rdb-preamble", true, "works"),
  flag("aof-timestamp-enabled", false, "works"),
  flag("aof-rewrite-incremental-fsync", true),
  flag("aof-disable-auto-gc", false, "hidden", "works"),

  // Replication
  list(primary, "replicaof slaveof", "", "immutable", "works"),
  string("masteruser", "", "secret", "works"),
  define(anyBytes, false, "masterauth", "", ["secret", "works"]),
  flag("replica-serve-stale-data slave-serve-stale-data", true, "works"),
  flag("replica-read-only slave-read-only", true, "works"),
  flag("repl-diskless-sync", true, "works"),
  number("repl-diskless-sync-delay", 0, INT, 5, "works"),
  number("repl-diskless-sync-max-replicas", 0, INT, 0, "works"),
  choice(
    "repl-diskless-load",
    "disabled on-empty-db swapdb",
    "disabled",
    "fixed-while-loading",
    "works",
  ),
  number("repl-ping-replica-period repl-ping-slave-period", 1, INT, 10, "works"),
  number("repl-timeout", 1, INT, 60, "works"),
  flag("repl-disable-tcp-nodelay", false),
  define(clamped(memory(1, INT64_LIMIT), 16384, INT64_LIMIT), false, "repl-backlog-size", MB, [
    "works",
  ]),
  number("repl-backlog-ttl", 0, INT64_LIMIT, 3600, "works"),
  number("replica-priority slave-priority", 0, INT, 100, "works"),
  flag("replica-announced", true, "works"),
  string("replica-announce-ip slave-announce-ip", "", "works"),
  number("replica-announce-port slave-announce-port", 0, 65535, 0, "works"),
  flag("replica-ignore-maxmemory slave-ignore-maxmemory", true, "works"),
  flag("replica-lazy-flush slave-lazy-flush", false, "works"),
  flag("replica-ignore-disk-write-errors", false, "works"),
  number("min-replicas-to-write min-slaves-to-write", 0, INT, 0, "works"),
  number("min-replicas-max-lag min-slaves-max-lag", 0, INT, 10, "works"),

  // Security
  define(anyBytes, false, "requirepass", "", ["secret", "works"]),
  string("aclfile", "", "immutable", "works"),
  number("acllog-max-len", 0, INT64_LIMIT, 128, "works"),
  choice("acl-pubsub-default", "allchannels resetchannels", "resetchannels", "works"),
  choice("enable-protected-configs", "no yes local", "no", "immutable", "works"),
  choice("enable-debug-command", "no yes local", "no", "immutable", "works"),
  choice("enable-module-command", "no yes local", "no", "immutable", "works"),

  // Memory
  bytes("maxmemory", 0, ULONG, 0, "works"),
  choice(
    "maxmemory-policy",
    "volatile-lru volatile-lfu volatile-random volatile-ttl allkeys-lru allkeys-lfu allkeys-random noeviction",
    "noeviction",
    "works",
  ),
  number("maxmemory-samples", 1, INT, 5, "works"),
  number("maxmemory-eviction-tenacity", 0, 100, 10, "works"),
  define(memoryOrPercent, false, "maxmemory-clients", 0, ["works"]),
  number("lfu-log-factor", 0, INT, 10, "works"),
  number("lfu-decay-time", 0, INT, 1, "works"),
  number("active-expire-effort", 1, 10, 1, "works"),
  flag("lazyfree-lazy-eviction", false, "works"),
  flag("lazyfree-lazy-expire", false, "works"),
  flag("lazyfree-lazy-server-del", false, "works"),
  flag("lazyfree-lazy-user-del", false, "works"),
  flag("lazyfree-lazy-user-flush", false, "works"),
  flag("activedefrag", false),
  bytes("active-defrag-ignore-bytes", 1, INT64_LIMIT, 100 * MB),
  number("active-defrag-threshold-lower", 0, 1000, 10),
  number("active-defrag-threshold-upper", 0, 1000, 100),
  number("active-defrag-cycle-min", 1, 99, 1),
  number("active-defrag-cycle-max", 1, 99, 25),
  number("active-defrag-max-scan-fields", 1, INT64_LIMIT, 1000),

  // Encodings
  number("hash-max-listpack-entries hash-max-ziplist-entries", 0, INT64_LIMIT, 512, "works"),
  bytes("hash-max-listpack-value hash-max-ziplist-value", 0, INT64_LIMIT, 64, "works"),
  number("list-max-listpack-size list-max-ziplist-size", -INT - 1, INT, -2, "works"),
  number("list-compress-depth", 0, INT, 0),
  number("set-max-intset-entries", 0, INT64_LIMIT, 512, "works"),
  number("set-max-listpack-entries", 0, INT64_LIMIT, 128, "works"),
  number("set-max-listpack-value", 0, INT64_LIMIT, 64, "works"),
  number("zset-max-listpack-entries zset-max-ziplist-entries", 0, INT64_LIMIT, 128, "works"),
  bytes("zset-max-listpack-value zset-max-ziplist-value", 0, INT64_LIMIT, 64, "works"),
  bytes("hll-sparse-max-bytes", 0, INT64_LIMIT, 3000, "works"),
  bytes("stream-node-max-bytes", 0, INT64_LIMIT, 4096, "works"),
  number("stream-node-max-entries", 0, INT64_LIMIT, 100, "works"),

  // Introspection
  number("slowlog-log-slower-than", -1, INT64_LIMIT, 10000, "works"),
  number("slowlog-max-len", 0, INT64_LIMIT, 128, "works"),
  number("latency-monitor-threshold", 0, INT64_LIMIT, 0, "works"),
  flag("latency-tracking", true, "works"),
  list(percentiles, "latency-tracking-info-percentiles", "50 99 99.9", "works"),
  define(eventClasses, false, "notify-keyspace-events", "", ["works"]),
  number("tracking-table-max-keys", 0, INT64_LIMIT, 1000000, "works"),
  number("busy-reply-threshold lua-time-limit", 0, INT64_LIMIT, 5000),

  // Of this server's own: HTTP
  number("http-port", 0, 65535, 0, "works"),
  list(words, "http-bind", "127.0.0.1", "works"),
  string("http-token", "", "secret", "works"),
  string("http-read-only-token", "", "secret", "works"),
  list(words, "http-hosts", "", "works"),
  list(words, "http-origins", "", "works"),
  bytes("http-max-body", 1024, INT, 16 * MB, "works"),

  // Of this server's own
  define(
    oneOf("", "redis-6.2", "redis-7.0", "redis-7.2", "redis-8", "valkey-8"),
    false,
    "compatibility",
    "",
    ["immutable", "hidden", "works"],
  ),

  // Cluster
  flag("cluster-enabled", false, "immutable", "works"),
  string("cluster-config-file", "nodes.conf", "immutable", "works"),
  list(words, "cluster-table", "", "hidden", "works"),
  number("cluster-node-timeout", 0, INT64_LIMIT, 15000),
  number("cluster-ping-interval", 0, INT64_LIMIT, 1000, "hidden"),
  number("cluster-port", 0, 65535, 0, "immutable", "works"),
  number("cluster-replica-validity-factor cluster-slave-validity-factor", 0, INT, 10),
  flag("cluster-require-full-coverage", true, "works"),
  flag("cluster-replica-no-failover cluster-slave-no-failover", false, "works"),
  flag("cluster-allow-reads-when-down", false, "works"),
  flag("cluster-allow-pubsubshard-when-down", true, "works"),
  flag("cluster-allow-replica-migration", true),
  number("cluster-migration-barrier", 0, INT, 1),
  bytes("cluster-link-sendbuf-limit", 0, ULONG, 0),
  string("cluster-announce-ip", "", "works"),
  number("cluster-announce-port", 0, 65535, 0, "works"),
  number("cluster-announce-tls-port", 0, 65535, 0, "works"),
  number("cluster-announce-bus-port", 0, 65535, 0, "works"),
  define(
    textLike(
      /^[A-Za-z0-9.-]*$/,
      "Hostnames may only contain alphanumeric characters, hyphens or dots",
    ),
    false,
    "cluster-announce-hostname",
    "",
    ["works"],
  ),
  define(
    textLike(
      /^[^!#$%&()*+:;<>?@[\]^{|}~\0]*$/,
      "Announced human node name contained invalid character",
    ),
    false,
    "cluster-announce-human-nodename",
    "",
    ["works"],
  ),
  choice("cluster-preferred-endpoint-type", "ip hostname unknown-endpoint", "ip", "works"),
];

/** All directives. The loader handles the other lines that a configuration file may hold (`include`, `rename-command`, `user` ...). */
export const directives: readonly Directive[] = all;

/** The type of each directive's value, by name; a choice has the union of its words. */
export type DirectiveValues = {
  [D in typeof all[number] as D["name"]]: D extends Directive<string, infer Value> ? Value : never;
};

/**
 * Directives as a program may write them: by name, each with the type of its values.
 *
 * @internal
 */
export type DirectiveOptions = {
  readonly [D in typeof all[number] as D["name"]]?: D extends Directive<
    string,
    infer _,
    infer Written
  > ? Written
    : never;
};
/** The name of a directive. */
export type DirectiveName = keyof DirectiveValues;
/** The names of the directives whose values are of a type. */
type NamesOf<Value extends ConfigValue> = {
  [Name in DirectiveName]: DirectiveValues[Name] extends Value ? Name : never;
}[DirectiveName];
/** The name of a directive that takes a number. */
export type NumberDirective = NamesOf<number>;
/** The name of a directive that takes yes or no. */
export type FlagDirective = NamesOf<boolean>;
/** The name of a directive that takes words. */
export type TextDirective = NamesOf<string>;
/** The name of a directive that guards commands; its value `no`, `yes` or `local` says who may use them. */
export type GuardDirective = Extract<TextDirective, `enable-${string}`>;
