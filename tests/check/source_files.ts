/**
 * The files of src, and what each imports.
 *
 * @module
 */

const root = new URL("../../", import.meta.url).pathname;

/** One import of a file of ours. */
export interface Import {
  /** Path of what is imported, from the root of the repository. */
  readonly target: string;
  /** Only types are imported: nothing is left of it when the program runs. */
  readonly isTypeOnly: boolean;
}

/** Paths of all files in a folder and below in the order of their names, from the root of the repository. */
export function* sourceFiles(folder: string): Generator<string> {
  const entries = [...Deno.readDirSync(root + folder)];
  for (const { name, isDirectory } of entries.toSorted((a, b) => a.name < b.name ? -1 : 1)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* sourceFiles(path);
    else if (name.endsWith(".ts")) yield path;
  }
}

/** The text of a file. */
export function readSource(path: string): string {
  return Deno.readTextFileSync(root + path);
}

/** What a file exports. */
export function importSource(path: string): Promise<Record<string, unknown>> {
  return import(`file://${root}${path}`);
}

const IMPORT = /^(import|export)\s+(type\s+)?([^;"]*?)from "(\.[^"]+)";/gms;

/** What a file imports of ours, or exports again. */
export function importsOf(path: string, text: string): Import[] {
  return [...text.matchAll(IMPORT)].map(([, , type, names, specifier]) => ({
    target: new URL(specifier, `file:///${path}`).pathname.slice(1),
    isTypeOnly: type !== undefined || areTypes(names),
  }));
}

/** Whether every name in braces is a type's. */
function areTypes(names: string): boolean {
  const inBraces = /^\s*\{(.*)\}\s*$/s.exec(names);
  if (inBraces === null) return false;
  return inBraces[1].split(",").map((name) => name.trim()).filter((name) => name !== "")
    .every((name) => name.startsWith("type "));
}
