/**
 * The files of src, and what each imports.
 *
 * @module
 */

const root = new URL("../../", import.meta.url).pathname;

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

const IMPORT = /^(?:import|export)\s+[^;"]*?from "(\.[^"]+)";/gms;

/** Paths of the files of ours that a file imports or exports again, for their types too. */
export function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(IMPORT)].map(([, specifier]) =>
    new URL(specifier, `file:///${path}`).pathname.slice(1)
  );
}
