/**
 * How a program is started on Windows by the name that a shell would know.
 *
 * @module
 */

/**
 * The words that start a program on Windows. `npm` and most of its kind are scripts there (`npm.cmd`), which the system does not run by
 * itself, so all that is not plainly an executable goes through its shell.
 */
export function commandOnWindows(words: readonly string[]): readonly string[] {
  return /\.(exe|com)$/i.test(words[0]) ? words : ["cmd.exe", "/d", "/c", ...words];
}
