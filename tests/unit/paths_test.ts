import { assertEquals } from "@std/assert";
import { directoryOf, joinPath, matchesName, nameIn } from "../../src/lib/paths.ts";
import { FileHost, type NewFile } from "../../src/platform/file_host.ts";

Deno.test("a relative path goes behind the directory, with one slash between them", () => {
  for (
    const [directory, path, expected] of [
      ["/data", "dump.rdb", "/data/dump.rdb"],
      ["/data/", "dump.rdb", "/data/dump.rdb"],
      ["/", "dump.rdb", "/dump.rdb"],
      ["/data", "aof/base", "/data/aof/base"],
      ["/data", "/etc/redis.conf", "/etc/redis.conf"],
      ["", "dump.rdb", "dump.rdb"],
      // Elsewhere these are names like any other.
      ["/data", "C:\\dump.rdb", "/data/C:\\dump.rdb"],
      ["/data\\", "a", "/data\\/a"],
    ]
  ) assertEquals(joinPath(directory, path, "unix"), expected);
});

Deno.test("on Windows a backslash, a slash or a drive makes a path absolute", () => {
  for (
    const [directory, path, expected] of [
      ["C:\\data", "dump.rdb", "C:\\data/dump.rdb"],
      ["C:\\data\\", "dump.rdb", "C:\\data\\dump.rdb"],
      ["C:/", "dump.rdb", "C:/dump.rdb"],
      ["C:\\data", "aof\\base", "C:\\data/aof\\base"],
      ["C:\\data", "D:\\other", "D:\\other"],
      ["C:\\data", "d:other", "d:other"],
      ["C:\\data", "\\\\machine\\share\\a", "\\\\machine\\share\\a"],
      ["C:\\data", "/other", "/other"],
      ["\\\\machine\\share", "a", "\\\\machine\\share/a"],
    ]
  ) assertEquals(joinPath(directory, path, "windows"), expected);
});

Deno.test("the directory and the name of a path are what stands before and behind its last slash", () => {
  for (
    const [path, style, directory, name] of [
      ["/data/dump.rdb", "unix", "/data/", "dump.rdb"],
      ["dump.rdb", "unix", ".", "dump.rdb"],
      ["/dump.rdb", "unix", "/", "dump.rdb"],
      ["conf/", "unix", "conf/", ""],
      ["a\\b", "unix", ".", "a\\b"],
      ["C:\\data\\dump.rdb", "windows", "C:\\data\\", "dump.rdb"],
      ["C:\\data/dump.rdb", "windows", "C:\\data/", "dump.rdb"],
      ["C:/data\\dump.rdb", "windows", "C:/data\\", "dump.rdb"],
      ["C:dump.rdb", "windows", "C:", "dump.rdb"],
      ["dump.rdb", "windows", ".", "dump.rdb"],
    ] as const
  ) {
    assertEquals(directoryOf(path, style), directory);
    assertEquals(nameIn(path, style), name);
  }
});

Deno.test("a pattern's stars and question marks stand for characters, and all else for itself", () => {
  for (
    const [pattern, name, expected] of [
      ["*.conf", "a.conf", true],
      ["*.conf", "a.conf.old", false],
      ["*.conf", "aconf", false],
      ["a?c", "abc", true],
      ["a?c", "ac", false],
      ["a+(b)", "a+(b)", true],
      ["*", "", true],
    ] as const
  ) assertEquals(matchesName(pattern, name), expected, `${pattern} ${name}`);
});

/** A host whose files are names. */
class ListedHost extends FileHost {
  readonly pid = 1;
  readonly listed: string[] = [];
  realPath = (path: string) => path;
  beginFile = (): NewFile => {
    throw new Error("not here");
  };
  protected isDirectory = () => true;
  protected filesIn(directory: string): string[] {
    this.listed.push(directory);
    return ["b.conf", "a.conf", "a.txt"];
  }
}

Deno.test("files that match a pattern keep what stands in front of it, on Windows too", () => {
  for (
    const [style, directory, pattern, listed, found] of [
      ["unix", "/data", "*.conf", "/data/.", ["a.conf", "b.conf"]],
      ["unix", "/data", "/etc/*.conf", "/etc/", ["/etc/a.conf", "/etc/b.conf"]],
      ["windows", "C:\\data", "D:\\etc\\*.conf", "D:\\etc\\", [
        "D:\\etc\\a.conf",
        "D:\\etc\\b.conf",
      ]],
      ["windows", "C:\\data", "etc\\?.txt", "C:\\data/etc\\", ["etc\\a.txt"]],
    ] as const
  ) {
    const host = new ListedHost(directory, style);
    assertEquals(host.glob(pattern), [...found]);
    assertEquals(host.listed, [listed]);
  }
});
