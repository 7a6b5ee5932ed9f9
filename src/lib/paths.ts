/**
 * Paths of files, as texts: nothing here asks the system.
 *
 * @module
 */

/** Whose rules a path follows. Windows takes a backslash wherever it takes a slash, and has letters for drives. */
export type PathStyle = "unix" | "windows";

/** What an absolute path begins with. `C:name` counts too: only Windows knows which directory of that drive is meant. */
const ABSOLUTE = { unix: /^\//, windows: /^([\\/]|[A-Za-z]:)/ };
/** The last part of a path. */
const NAME = { unix: /[^/]*$/, windows: /[^\\/:]*$/ };

/** Puts a relative path behind `directory`. An absolute path, or any path if `directory` is empty, comes back unchanged. */
export function joinPath(directory: string, path: string, style: PathStyle): string {
  if (directory === "" || ABSOLUTE[style].test(path)) return path;
  return nameIn(directory, style) === "" ? directory + path : `${directory}/${path}`;
}

/** The directory that `path` is in, with the slash behind it; `.` for a name alone. */
export function directoryOf(path: string, style: PathStyle): string {
  const directory = path.slice(0, path.length - nameIn(path, style).length);
  return directory === "" ? "." : directory;
}

/** The last part of a path; empty if it ends with a slash. */
export function nameIn(path: string, style: PathStyle): string {
  return NAME[style].exec(path)![0];
}

/** Whether a name matches a pattern with `*` and `?`. */
export function matchesName(pattern: string, name: string): boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${source}$`, "s").test(name);
}
