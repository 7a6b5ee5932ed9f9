/**
 * Paths of files, as texts: nothing here asks the system.
 *
 * @module
 */

const ABSOLUTE = /^(\/|\\|[A-Za-z]:[\\/])/;

/** Puts a relative path behind `directory`. An absolute path, or any path if `directory` is empty, comes back unchanged. */
export function joinPath(directory: string, path: string): string {
  if (directory === "" || ABSOLUTE.test(path)) return path;
  return directory.endsWith("/") ? directory + path : `${directory}/${path}`;
}

/** The directory that `path` is in, with the slash behind it; `.` for a name alone. */
export function directoryOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : ".";
}

/** Whether a name matches a pattern with `*` and `?`. */
export function matchesName(pattern: string, name: string): boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${source}$`, "s").test(name);
}
