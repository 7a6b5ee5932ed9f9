/**
 * Commands as a server of a profile has them: those that came later are not there, and those that are know no words that came later.
 *
 * A command that has no new words is the same object, and runs as fast as without a profile.
 *
 * @module
 */
import type { AdminCall } from "./call.ts";
import { knows, type Profile } from "./profile.ts";
import type { CommandSpec } from "./spec.ts";

/** The commands that a server of this profile has. */
export function specsAsOf(profile: Profile, specs: readonly CommandSpec[]): CommandSpec[] {
  if (profile.newest === undefined) return [...specs];
  return specs.filter((spec) => knows(profile, spec)).map((spec) => specAsOf(profile, spec));
}

function specAsOf(profile: Profile, spec: CommandSpec): CommandSpec {
  if (spec.replacedBy !== undefined && !knows(profile, spec.replacedBy)) {
    return specAsOf(profile, { ...spec, replacedBy: undefined });
  }
  const history = spec.history?.filter((change) => knows(profile, change));
  const later = spec.history?.filter((change) => !knows(profile, change)) ?? [];
  const subcommands = spec.subcommands && specsAsOf(profile, spec.subcommands);
  if (later.length === 0) return subcommands === undefined ? spec : { ...spec, subcommands };
  const arity = later.find(({ arityBefore }) => arityBefore !== undefined)?.arityBefore;
  return {
    ...spec,
    history,
    subcommands,
    arity: arity ?? spec.arity,
    run: withoutWords(spec, later.flatMap(({ options = [] }) => options)),
  };
}

/** The body of a command to which these words mean nothing, so that it takes them for whatever else may stand in their places. */
function withoutWords({ run }: CommandSpec, words: readonly string[]): CommandSpec["run"] {
  if (run === undefined || words.length === 0) return run;
  const unknown = new Set(words);
  return (call: AdminCall) => {
    const { args } = call;
    args.unknownWords = unknown;
    try {
      return run(call);
    } finally {
      args.unknownWords = undefined;
    }
  };
}
