import { rules } from "../support/differential.ts";
import { randomRequests } from "../support/random_differential.ts";

const LIST = "RPUSH l 3 1 2 10";
const WEIGHTS = "MSET w_1 30 w_2 20 w_3 10 w_10 5";
const HASHES = `
    HSET h_1 f 1 name one
    HSET h_2 f 5 name two
    HSET h_3 f 3`;

rules("SORT", {
  "SORT sorts numbers, with ALPHA texts, with DESC the other way": `
    ${LIST}
    SORT l
    SORT l DESC
    SORT l ALPHA
    SORT l ALPHA DESC
    SORT missing`,
  "LIMIT takes a part of what is sorted, and wants two numbers": `
    ${LIST}
    SORT l LIMIT 1 2
    SORT l LIMIT 0 0
    SORT l LIMIT -1 2
    SORT l LIMIT 2 -1
    SORT l LIMIT 10 5
    SORT l LIMIT a b
    SORT l LIMIT 1`,
  "BY a pattern without a star does not sort": `
    ${LIST}
    SORT l BY nosort
    SORT l BY nosort DESC
    SORT l BY nosort LIMIT 1 2
    SORT l BY nosort DESC LIMIT 1 2`,
  "BY sorts by what other keys hold, GET replies with it": `
    ${LIST}
    ${WEIGHTS}
    SORT l BY w_*
    SORT l BY w_* DESC
    SORT l BY w_* GET # GET w_* GET missing_*
    SORT l BY missing_*
    SORT l BY w_* ALPHA`,
  "an arrow in a pattern leads to a field of a hash": `
    ${LIST}
    ${WEIGHTS}
    ${HASHES}
    SORT l BY h_*->f GET h_*->name
    SORT l BY h_*->f GET #
    SORT l BY h_*->missing ALPHA GET #
    SORT l BY h_*-> GET #
    SORT l GET w_*->f`,
  "GET of a hash, or of a pattern without a star, is null": `
    ${LIST}
    ${HASHES}
    SORT l GET h_*
    SORT l GET nostar
    SORT l BY h_*`,
  "STORE makes a list of what is sorted, and deletes the key if that is nothing": `
    ${LIST}
    SORT l STORE dst
    LRANGE dst 0 -1
    SORT l GET missing_* STORE dst
    LRANGE dst 0 -1
    SORT missing STORE dst
    EXISTS dst
    SORT l DESC LIMIT 0 2 STORE l
    LRANGE l 0 -1`,
  "without ALPHA every element must be a number": `
    RPUSH words banana apple cherry 10
    SORT words
    SORT words ALPHA
    SORT words ALPHA DESC LIMIT 0 2
    RPUSH numbers 1.5 -2 1e2 0x10 " 7" inf -inf 0
    SORT numbers
    RPUSH empty "" 5 -5
    SORT empty`,
  "sets are sorted too; one that is not sorted comes in any order, but is sorted to be stored": `
    SADD set 5 3 9 1
    SORT set
    SORT set DESC
    ~ SORT set BY nosort
    SORT set BY nosort STORE dst
    LRANGE dst 0 -1`,
  "a sorted set that is not sorted comes in its own order": `
    ${WEIGHTS}
    ZADD z 10 a 5 b 7 c
    SORT z ALPHA
    SORT z BY nosort
    SORT z BY nosort DESC
    SORT z BY nosort DESC LIMIT 0 2
    SORT z BY nosort LIMIT 1 1 GET # GET w_*
    SORT z`,
  "hashes and strings cannot be sorted": `
    HSET hash f v
    SORT hash
    SET string x
    SORT string`,
  "an option without its word is a syntax error": `
    ${LIST}
    SORT l BAD
    SORT l BY
    SORT l GET
    SORT l STORE`,
  "SORT_RO stores nothing": `
    ${LIST}
    SADD set 5 3 9 1
    SORT_RO l
    SORT_RO l STORE dst
    SORT_RO set DESC LIMIT 0 1 GET #`,
  "COMMAND GETKEYS finds the key that SORT stores to": `
    COMMAND GETKEYS SORT l BY w_* STORE dst
    COMMAND GETKEYS SORT l`,
  // The last rule: Redis 7.0 does not clear errno, and refuses numbers of any size after this one.
  "a number that is too small to have all its digits is none": `
    RPUSH small 1e-320 1
    SORT small`,
});

randomRequests("SORT", {
  seeds: 2,
  words: {
    key: "list | set | zset",
    element: "<-50..48> | <0..8>.<0..99>",
    elements: "<element*1..5> | <element*1..60>",
    // Not ALPHA and BY together: where weights are missing the order is anybody's.
    order: "| DESC | ALPHA | ALPHA DESC | BY w_* | BY w_* DESC",
    get: "| GET # GET w_*",
    store: "| STORE dst",
  },
  requests: `
    1/4 RPUSH list <elements>
    1/4 SADD set <elements>
    1/4 ZADD zset <0..9> <element>
    1/30 DEL <key>
    SET w_<element> <0..19>
    SORT <key> LIMIT <-5..14> <-5..44> <order> <get> <store>
    SORT <key> <order> <get> <store>
    LRANGE dst 0 -1
  `,
});
