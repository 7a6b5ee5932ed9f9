import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Config, findDirective } from "../../src/config/config.ts";
import { ConfigFileError, ConfigLoader, parseCommandLine } from "../../src/config/config_file.ts";
import { MemoryHost } from "../support/memory_host.ts";

/** The configuration that a command line makes. */
function configOf(args: readonly string[]): Config {
  const config = new Config();
  new ConfigLoader(config, new MemoryHost()).loadText(parseCommandLine(args).lines);
  return config;
}

const VALUES: readonly (readonly [args: readonly string[], directive: string, value: string])[] = [
  [["--proc-title-template", "--my--title", "--loglevel", "verbose"], "loglevel", "verbose"],
  [
    ["--proc-title-template", "--my--title", "--loglevel", "verbose"],
    "proc-title-template",
    "--my--title",
  ],
  [["--proc-title-template --my--title", "--loglevel verbose"], "loglevel", "verbose"],
  [
    ["--proc-title-template", "--save", "--save", "", "--hz", "20"],
    "proc-title-template",
    "--save",
  ],
  [["--proc-title-template", "--save", "--save", "", "--hz", "20"], "save", ""],
  [["--save", "--hz", "20"], "save", ""],
  [["--save", "--hz", "20"], "hz", "20"],
  [["--hz", "20", "--save"], "save", ""],
  [["--save", "60", "1000"], "save", "60 1000"],
  [["--save", "60 1000"], "save", "60 1000"],
  [["--maxmemory '700mb'"], "maxmemory", "734003200"],
  [["redis.conf", "loglevel", "verbose", "--hz", "20"], "loglevel", "verbose"],
  [["redis.conf", "loglevel", "verbose", "--hz", "20"], "hz", "20"],
  [["--requirepass", 'a "b" \\'], "requirepass", 'a "b" \\'],
  [["--requirepass", "\u00e9\u20ac"], "requirepass", "\u00c3\u00a9\u00e2\u0082\u00ac"],
  [["--shutdown-on-sigint", "nosave", "force", "now"], "shutdown-on-sigint", "nosave now force"],
  [["--shutdown-on-sigint", "nosave force"], "shutdown-on-sigint", "nosave force"],
];

Deno.test("the command line sets directives, whatever their values look like", () => {
  for (const [args, directive, value] of VALUES) {
    assertEquals(configOf(args).format(findDirective(directive)!), value, args.join(" "));
  }
});

const FAULTS: readonly (readonly [args: readonly string[], line: string, reason: string])[] = [
  [["--invalid"], "invalid", "Bad directive or wrong number of arguments"],
  [["--port"], "port", "wrong number of arguments"],
  [["--port", "6380", "--loglevel"], "loglevel", "wrong number of arguments"],
  [["--port", "6379", "6380"], 'port "6379" "6380"', "wrong number of arguments"],
  [["--port", "--loglevel", "verbose"], 'port "--loglevel" "verbose"', "wrong number of arguments"],
  [["--port", "--bla"], 'port "--bla"', "argument couldn't be parsed into an integer"],
  [["--logfile", "--my", "--loglevel", "--bla"], 'loglevel "--bla"', "argument(s) must be one of"],
  [["--shutdown-on-sigint"], "shutdown-on-sigint", "argument(s) must be one of"],
  [["--replicaof", "--a", "abc"], 'replicaof "--a" "abc"', "Invalid master port"],
  [["--replicaof", "--a", "--abc"], 'replicaof "--a"', "wrong number of arguments"],
  [["-x"], '"-x"', "Bad directive or wrong number of arguments"],
];

Deno.test("errors of the command line show the line that it became", () => {
  for (const [args, line, reason] of FAULTS) {
    const error = assertThrows(() => configOf(args), ConfigFileError);
    assertStringIncludes(error.message, `\n>>> '${line}'\n${reason}`);
  }
});

Deno.test("the command line's first word is a file, - is standard input at either end", () => {
  const of = (...args: string[]) => {
    const { file, readsStandardInput } = parseCommandLine(args);
    return [file, readsStandardInput];
  };
  assertEquals(of(), [undefined, false]);
  assertEquals(of("a.conf"), ["a.conf", false]);
  assertEquals(of("-", "--hz", "20"), [undefined, true]);
  assertEquals(of("a.conf", "--hz", "20", "-"), ["a.conf", true]);
  assertEquals(of("--requirepass", "-", "--hz", "20"), [undefined, false]);
});

Deno.test("a value's last letter is kept, whatever its bytes", () => {
  const config = new Config();
  // Its last byte is A0, which texts take for a space.
  new ConfigLoader(config, new MemoryHost()).loadText("  requirepass p\xc3\xa0\t\r\n");
  assertEquals(config.text("requirepass"), "p\xc3\xa0");
});
