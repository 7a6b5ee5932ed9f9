/**
 * The documents of the npm package, made from ours.
 *
 * @module
 */

/** Documents that the package holds besides its README, for whoever uses it. */
export const PACKED_DOCUMENTS: readonly string[] = [
  "docs/RUNNERS.md",
  "docs/COMMANDS.md",
  "docs/CONFIGURATION.md",
  "docs/SECURITY.md",
  "docs/CHANGELOG.md",
];

/** What stands between these lines concerns the repository only. */
const REPOSITORY_ONLY = /<!-- repository -->\n[\s\S]*?<!-- \/repository -->\n+/g;
/** ` ([how](docs/x.md))`: a remark that is nothing but a link. */
const REMARK = /\s\(\[[^\]]*\]\(([^)\s]*)\)\)/g;
const PICTURE = /!\[[^\]]*\]\(([^)\s]*)\)\n+/g;
const LINK = /\[([^\]]*)\]\(([^)\s]*)\)/g;

/** A document of ours (its path from the root) as one of the package: with its name there, and no links to what it does not hold. */
export function npmDocument(path: string, text: string): string {
  const leadsOut = (target: string) => {
    if (/^([a-z]+:|#)/.test(target)) return false;
    const { pathname } = new URL(target, `file:///${path}`);
    return !["README.md", ...PACKED_DOCUMENTS].includes(pathname.slice(1));
  };
  return text
    .replaceAll(REPOSITORY_ONLY, "")
    .replaceAll(REMARK, (all, target) => leadsOut(target) ? "" : all)
    .replaceAll(PICTURE, (all, target) => leadsOut(target) ? "" : all)
    .replaceAll(LINK, (all, words, target) => leadsOut(target) ? words : all)
    .replaceAll("@redeno/redeno", "redeno");
}
