import { assertEquals } from "@std/assert";
import { commandOnWindows } from "../../src/lib/windows_command.ts";

Deno.test("on Windows the shell finds what is not plainly an executable: npm is a script there", () => {
  assertEquals(commandOnWindows(["npm", "test"]), ["cmd.exe", "/d", "/c", "npm", "test"]);
  assertEquals(commandOnWindows(["a.cmd"]), ["cmd.exe", "/d", "/c", "a.cmd"]);
  for (const words of [["node.exe", "x.js"], ["C:\\bin\\DENO.EXE"], ["more.com", "a b"]]) {
    assertEquals(commandOnWindows(words), words);
  }
});
