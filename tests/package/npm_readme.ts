/**
 * The README of the npm package, made from ours.
 *
 * @module
 */

/** What stands between these lines concerns the repository only. */
const REPOSITORY_ONLY = /<!-- repository -->\n[\s\S]*?<!-- \/repository -->\n+/g;
/** A link or a picture that leads into the repository, which the package does not hold. */
const OWN_PICTURE = /!\[[^\]]*\]\((?![a-z]+:|#)[^)]*\)\n+/g;
const OWN_LINK = /\[([^\]]*)\]\((?![a-z]+:|#)[^)]*\)/g;

/** Our README as that of the package: its name there, and no links to files that it does not hold. */
export function npmReadme(readme: string): string {
  return readme
    .replaceAll(REPOSITORY_ONLY, "")
    .replaceAll(OWN_PICTURE, "")
    .replaceAll(OWN_LINK, "$1")
    .replaceAll("@redeno/redeno", "redeno");
}
