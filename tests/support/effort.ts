/**
 * How hard random tests try: `deno task fuzz` sets FUZZ to a number of times the usual rounds, with another seed each.
 *
 * @module
 */

const isAllowed =
  (await Deno.permissions.query({ name: "env", variable: "FUZZ" })).state === "granted";

/** Times the usual effort; 1 but for `deno task fuzz`. */
export const effort: number = isAllowed ? Number(Deno.env.get("FUZZ") ?? 1) : 1;
