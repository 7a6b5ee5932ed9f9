/**
 * The examples of our documents: blocks of code, as a reader copies them.
 *
 * @module
 */

const root = new URL("../../", import.meta.url);

/** A block of code in a document. */
export interface Example {
  /** Where it stands: `README.md:12`. */
  readonly place: string;
  /** What stands behind the three backquotes: `ts`, `sh`. */
  readonly language: string;
  readonly code: string;
  /** The name of a file in the block's first line, if it has one. */
  readonly file: string | undefined;
}

/** Documents that have examples for users: README.md, and the files of docs/ and docs/deploy/. */
export function documents(): string[] {
  const inFolder = (folder: string) =>
    [...Deno.readDirSync(new URL(folder, root))]
      .filter(({ name }) => name.endsWith(".md")).map(({ name }) => folder + name).sort();
  return ["README.md", ...inFolder("docs/"), ...inFolder("docs/deploy/")];
}

/** The blocks of a document, without the spaces that a list puts in front of them. */
export function examplesIn(path: string): Example[] {
  const text = Deno.readTextFileSync(new URL(path, root));
  return [...text.matchAll(/^( *)```(\w+)\n([\s\S]*?)^\1```$/gm)].map((match) => {
    const [, indent, language, body] = match;
    const line = text.slice(0, match.index).split("\n").length;
    const code = body.replaceAll(new RegExp(`^${indent}`, "gm"), "");
    const [, file] = /^\/\/ (\S+\.[cm]?[jt]s)$/m.exec(code.split("\n", 1)[0]) ?? [];
    return { place: `${path}:${line}`, language, code, file };
  });
}
