import { assert, assertEquals, assertThrows } from "@std/assert";
import { AclRuleError } from "../../src/acl/errors.ts";
import {
  type AclCommand,
  type AclCommands,
  KeyAccess,
  Selector,
  type TouchedKey,
} from "../../src/acl/selector.ts";
import { joinSelectors } from "../../src/acl/user.ts";
import { AclError } from "../../src/acl/errors.ts";
import { type Chance, property } from "../support/property.ts";

let lastId = 0;

function makeCommand(name: string, categories: string, subcommands: AclCommand[] = []): AclCommand {
  return {
    id: ++lastId,
    fullName: name,
    categories: categories.split(" "),
    subcommands: subcommands.length === 0
      ? undefined
      : new Map(subcommands.map((sub) => [sub.fullName.split("|")[1], sub])),
  };
}

const TOP = [
  makeCommand("get", "@read @fast"),
  makeCommand("set", "@write @slow"),
  makeCommand("del", "@write @fast"),
  makeCommand("select", "@fast"),
  makeCommand("config", "@slow", [
    makeCommand("config|get", "@admin @read"),
    makeCommand("config|set", "@admin"),
  ]),
  makeCommand("object", "@slow", [makeCommand("object|freq", "@read")]),
];
const ALL = TOP.flatMap((command) => [command, ...command.subcommands?.values() ?? []]);

const catalog: AclCommands = {
  withSubcommands: () => ALL,
  byName: (name) => ALL.find(({ fullName }) => fullName === name),
  inCategory: (category) => ALL.filter(({ categories }) => categories.includes(category)),
};

/** Of each command: whether it is allowed, or with which first arguments. */
type Allowed = Map<AclCommand, boolean | Set<string>>;

const withOwn = (command: AclCommand) => [command, ...command.subcommands?.values() ?? []];

/** What a rule about commands means, as the documentation of Redis has it. */
function applyToModel(allowed: Allowed, rule: string): void {
  const [isAllowed, name] = [rule[0] === "+", rule.slice(1)];
  const [first, second] = name.split("|");
  const command = catalog.byName(first);
  if (name === "@all") ALL.forEach((command) => allowed.set(command, isAllowed));
  else if (name[0] === "@") {
    for (const member of catalog.inCategory(name).flatMap(withOwn)) allowed.set(member, isAllowed);
  } else if (second === undefined) {
    withOwn(command!).forEach((member) => allowed.set(member, isAllowed));
  } else if (command!.subcommands !== undefined) {
    allowed.set(command!.subcommands.get(second)!, isAllowed);
  } else {
    const known = allowed.get(command!);
    if (known !== true) {
      allowed.set(command!, new Set([...known instanceof Set ? known : [], second]));
    }
  }
}

const COMMAND_RULES = [
  ...["@all", "@read", "@write", "@fast", "@slow", "@admin"],
  ...ALL.map(({ fullName }) => fullName),
].flatMap((name) => [`+${name}`, `-${name}`]).concat("+select|0", "+select|1", "+get|x");

const KEYS = ["", "a", "ab", "b", "abc"];
const KEY_RULES = ["~a*", "~b", "%R~ab*", "%W~ab*", "%RW~?", "%r~*", "resetkeys", "~*"];
const CHANNEL_RULES = ["&a*", "&b", "&a?", "resetchannels", "&*"];

const someRules = (chance: Chance) =>
  chance.list(chance.size, () =>
    chance.pick(
      [
        COMMAND_RULES,
        COMMAND_RULES,
        chance.oneIn(3) ? KEY_RULES : KEY_RULES.slice(0, -1),
        chance.oneIn(3) ? CHANNEL_RULES : CHANNEL_RULES.slice(0, -1),
      ].at(chance.below(4))!,
    ));

const makeSelector = (allChannelsByDefault: boolean) =>
  new Selector({ catalog, allChannelsByDefault });

/** Applies rules; those that would have no effect are refused and left out. */
function applied(rules: readonly string[], allChannels = false): Selector {
  const selector = makeSelector(allChannels);
  for (const rule of rules) {
    try {
      selector.apply(rule);
    } catch (error) {
      if (!(error instanceof AclRuleError)) throw error;
    }
  }
  return selector;
}

/** Everything that a selector can be asked. */
function answers(selector: Selector): unknown {
  return [
    ALL.flatMap((command) =>
      [undefined, "0", "1", "x"].map((first) => selector.mayRun(command, first))
    ),
    KEYS.flatMap((key) => [1, 2, 3].map((access) => selector.mayTouch(key, access))),
    KEYS.map((channel) => selector.mayUseChannel(channel, false)),
    ["a*", "b", "a?", "*"].map((pattern) => selector.mayUseChannel(pattern, true)),
    selector.mayReadAnyKey,
  ];
}

property(
  "what a user may run is what its rules say one after another",
  { trials: 400, size: 14 },
  (chance) => {
    const rules = chance.list(chance.size, () => chance.pick(COMMAND_RULES));
    const allowed: Allowed = new Map(ALL.map((command) => [command, false]));
    rules.forEach((rule) => applyToModel(allowed, rule));
    const selector = applied(rules);
    for (const [command, expected] of allowed) {
      for (const first of [undefined, "0", "1", "x"]) {
        const mayRun = expected === true ||
          expected instanceof Set && first !== undefined && expected.has(first);
        assertEquals(
          selector.mayRun(command, first),
          mayRun,
          `${rules.join(" ")}: ${command.fullName} ${first}`,
        );
      }
    }
  },
);

property(
  "a selector made of its own description answers the same",
  { trials: 600, size: 14 },
  (chance) => {
    const selector = applied(someRules(chance), chance.oneIn(2));
    const description = selector.describe();
    const again = makeSelector(chance.oneIn(2));
    for (const rule of description.split(" ")) again.apply(rule);
    assertEquals(answers(again), answers(selector), description);
    assertEquals(again.describe(), description);
    const names = selector.describeCommands().split(" ").slice(1).map((rule) => rule.slice(1));
    names.forEach((name, i) => {
      const isPointless = names.slice(i + 1).some((later) => `${name}|`.startsWith(`${later}|`));
      assert(!isPointless, `${description}: ${name}`);
    });
  },
);

property("a copy of a selector goes its own way", { trials: 200, size: 10 }, (chance) => {
  const selector = applied(someRules(chance));
  const before = answers(selector);
  const copy = selector.clone();
  assertEquals(answers(copy), before);
  for (const rule of ["-@all", "+del", "resetkeys", "%W~b", "resetchannels", "&b"]) {
    copy.apply(rule);
  }
  assertEquals(answers(selector), before);
  assertEquals(copy.describe(), "%W~b resetchannels &b -@all +del");
});

property(
  "a request is refused for its command first, then for the first key, then for the first channel that is not allowed",
  { trials: 500, size: 10 },
  (chance) => {
    const selector = applied(someRules(chance));
    const command = chance.pick(ALL);
    const isOpen = chance.oneIn(4);
    const keys: TouchedKey[] = chance.list(4, () => chance.pick(KEYS)).map((key, i) => ({
      index: i + 1,
      key,
      access: chance.pick([KeyAccess.Read, KeyAccess.Write, KeyAccess.Read | KeyAccess.Write]),
    }));
    const channels = chance.list(3, () => chance.pick(KEYS)).map((channel, i) => ({
      index: i + 10,
      channel,
      isPattern: chance.oneIn(3),
    }));
    const denial = selector.check({ command, firstArgument: undefined, keys, channels }, isOpen);
    const key = keys.find(({ key, access }) => !selector.mayTouch(key, access));
    const channel = channels.find(({ channel, isPattern }) =>
      !selector.mayUseChannel(channel, isPattern)
    );
    const expected = !isOpen && !selector.mayRun(command, undefined)
      ? { kind: "command", index: 0 }
      : key !== undefined
      ? { kind: "key", index: key.index }
      : channel !== undefined
      ? { kind: "channel", index: channel.index }
      : undefined;
    assertEquals(denial, expected as typeof denial);
  },
);

property(
  "a rule is taken or refused with a reason, and one that is refused changes nothing",
  { trials: 3000, size: 8 },
  (chance) => {
    const selector = applied(someRules(chance));
    const before = answers(selector);
    const rule = chance.pick(["", "+", "-", "~", "%", "&", "+@", "%R", "+get|", "+config|"]) +
      chance.text(chance.size, "+-@|~%&RWget*xsc \0");
    try {
      selector.apply(rule);
    } catch (error) {
      assert(error instanceof AclRuleError, String(error));
      assertEquals(answers(selector), before, rule);
    }
  },
);

property(
  "words in parentheses become one rule, and parentheses that are not closed an error",
  { trials: 500, size: 8 },
  (chance) => {
    const words = chance.list(chance.size, () => chance.text(3, "ab+~"))
      .filter((word) => word !== "");
    const rules: string[] = [];
    const given: string[] = [];
    while (words.length > 0) {
      const inside = words.splice(0, chance.between(1, 3)).join(" ");
      const rule = chance.oneIn(2) ? `(${inside})` : inside.split(" ")[0];
      rules.push(rule);
      given.push(...rule.split(" "));
    }
    assertEquals(joinSelectors(given), rules);
    assertThrows(() => joinSelectors([...given, "(+get", "~a"]), AclError, "(+get");
  },
);
