/**
 * Writes docs/CONFIGURATION.md from the list of directives, or with `--check` says whether it is up to date.
 *
 *     deno run --allow-read --allow-write=docs tests/check/configuration_doc.ts
 *
 * @module
 */
import { directives } from "../../src/config/directives.ts";
import { writeOrCheck } from "./generated_doc.ts";

const rows = directives.filter(({ isHidden }) => !isHidden).map((directive) => {
  const name = `\`${directive.name}\`` +
    (directive.alias === undefined ? "" : ` (\`${directive.alias}\`)`);
  const value = directive.kind.format(directive.default);
  const change = directive.isImmutable ? "at start" : directive.isProtected ? "protected" : "yes";
  return `| ${name} | ${value === "" ? "" : `\`${value}\``} | ${change} | ${directive.support} |`;
});

const text = `# Configuration

Every directive of Redis 7.2 is known, in redis.conf, on the command line (\`--maxmemory 100mb\`) and to CONFIG. This table says what each
does **in this version**: it *works*, or it is *accepted*: CONFIG GET shows it, and it changes nothing yet, or what it tunes does not exist
here (fork, jemalloc, I/O threads). The server logs a warning at start for every accepted directive that a configuration changes.
Made by \`tests/check/configuration_doc.ts\` from \`src/config/directives.ts\`.

| directive | default | CONFIG SET | here |
| --- | --- | --- | --- |
${rows.join("\n")}

Of this server's own are \`compatibility\` (\`redis-6.2\`, \`redis-7.0\`, \`redis-7.2\`, \`redis-8\`, \`valkey-8\`: commands, subcommands and options that
came later are unknown, and INFO, HELLO and scripts see its version) and \`cluster-table\`, which says which node of a cluster serves which slots; [internals/cluster.md](internals/cluster.md) has
its notation. The directives \`http-...\` are about HTTP: \`http-port\` 0 means that there is none, tokens that are not given are made and logged at start,
\`http-hosts\` are names of this machine and \`http-origins\` are web pages that may ask (each a list; \`*\` is all); [internals/http.md](internals/http.md).

Only in a configuration file: \`include\` (with \`*\` and \`?\` in a file's name), \`user\`, and \`rename-command\`, which knows every command
of Redis 7.2.
`;

writeOrCheck("CONFIGURATION.md", "configuration_doc.ts", text);
