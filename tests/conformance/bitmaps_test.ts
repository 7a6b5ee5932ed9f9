import { rules } from "../support/differential.ts";
import { randomRequests } from "../support/random_differential.ts";

rules("bitmaps", {
  "SETBIT replies with the bit that was there, and lengthens the string with zeros": `
    SETBIT k 7 1
    GET k
    SETBIT k 7 0
    GET k
    SETBIT k 100 1
    GET k
    OBJECT ENCODING k`,
  "GETBIT past the end, or of no key, is 0": `
    SETBIT k 100 1
    GETBIT k 100
    GETBIT k 99
    GETBIT k 100000
    GETBIT missing 0`,
  "SETBIT changes the digits of a number": `
    SET n 123
    SETBIT n 1 0
    GET n
    GETBIT n 2`,
  "a bit is 0 or 1, and its place below 2^32": `
    SETBIT k -1 1
    SETBIT k abc 1
    SETBIT k 0 2
    SETBIT k 0 -1
    SETBIT k 0 x
    SETBIT k 4294967296 1
    SETBIT k 4294967295x 1
    EXISTS k
    GETBIT k -1
    GETBIT k 4294967296
    SETBIT k
    GETBIT k`,
  "BITCOUNT counts in a range of bytes or bits, from the end if an index is negative": `
    SET k foobar
    BITCOUNT k
    BITCOUNT k 0 0
    BITCOUNT k 1 1
    BITCOUNT k 0 -1
    BITCOUNT k -2 -1
    BITCOUNT k -1 -2
    BITCOUNT k 5 30 BIT
    BITCOUNT k 5 30 BYTE
    BITCOUNT k -10 -3 BIT
    BITCOUNT k 0 0 BIT
    BITCOUNT k 0 1000 BIT`,
  "BITCOUNT of an empty string, or of no key, is 0": `
    SET e ""
    BITCOUNT e
    BITCOUNT e 0 -1
    BITCOUNT missing
    BITCOUNT missing 0 1`,
  "BITCOUNT refuses half a range and units that are none": `
    SET k foobar
    BITCOUNT k 0
    BITCOUNT k 0 1 BAD
    BITCOUNT k 0 1 BIT x
    BITCOUNT k a b
    BITCOUNT missing 0
    BITCOUNT missing 0 1 BAD
    BITCOUNT missing a b`,
  "BITPOS finds the first bit that is 0 or 1 in a range": `
    SET z "\\xff\\xf0\\x00"
    BITPOS z 0
    BITPOS z 1
    BITPOS z 1 2
    BITPOS z 0 2
    BITPOS z 1 1
    BITPOS z 0 0 0
    BITPOS z 0 0 -1
    BITPOS z 1 2 -1
    BITPOS z 0 7 15 BIT
    BITPOS z 1 7 15 BIT
    BITPOS z 1 12 -1 BIT
    BITPOS z 0 1 1 BYTE
    BITPOS z 0 3 1`,
  "BITPOS finds a 0 behind a string of ones, unless an end is given": `
    SET f "\\xff\\xff\\xff"
    BITPOS f 0
    BITPOS f 0 0
    BITPOS f 0 0 -1
    BITPOS f 0 0 2 BYTE
    BITPOS f 0 -2`,
  "BITPOS finds no 1 among zeros": `
    SET o "\\x00\\x00\\x00"
    BITPOS o 1
    BITPOS o 0 1`,
  "BITPOS of nothing finds a 0 only where there is no key": `
    SET e ""
    BITPOS e 0
    BITPOS e 1
    BITPOS e 0 0
    BITPOS missing 0
    BITPOS missing 1
    BITPOS missing 0 5`,
  "BITPOS refuses other bits and units, a missing key's too": `
    SET z "\\xff\\xf0\\x00"
    BITPOS z 2
    BITPOS z x
    BITPOS z 1 a
    BITPOS z 1 0 1 BAD
    BITPOS z 1 0 1 BIT x
    BITPOS missing 1 0 1 BAD
    BITPOS missing 0 a`,
  "BITOP combines strings, and the shorter ones end in zeros": `
    MSET a "\\x0f\\xff" b "\\xf0" c "abcdef"
    BITOP AND d a b
    GET d
    BITOP OR d a b c
    GET d
    BITOP XOR d a b c
    GET d
    BITOP NOT d a
    GET d
    OBJECT ENCODING d
    BITOP OR a a b
    GET a
    BITOP and d a missing c
    GET d`,
  "BITOP of missing keys deletes its target": `
    SET d x
    BITOP AND d missing
    EXISTS d
    BITOP AND d missing missing2`,
  "BITOP takes away its target's deadline": `
    SET a y
    SET d x EX 100
    BITOP OR d a
    TTL d`,
  "BITOP refuses operations that are none, and NOT of several keys": `
    MSET a x b y
    BITOP NOT d a b
    BITOP BAD d a
    BITOP AND d
    EXISTS d`,
  "BITFIELD sets and gets integers of any width, signed or not": `
    BITFIELD k SET u8 0 255 GET u8 0 GET i8 0
    BITFIELD k SET i64 0 -1 GET i64 0 GET u63 1
    BITFIELD k SET u5 13 31 GET u16 8
    GET k
    BITFIELD k`,
  "a place in a bitfield may be a number of its own width": `
    BITFIELD k SET u8 #3 7 GET u8 24 GET u4 #6 GET u4 #7
    GET k`,
  "what grows too large wraps, stops at the limit, or is refused": `
    BITFIELD k SET u8 0 255
    BITFIELD k INCRBY u8 0 1
    BITFIELD k OVERFLOW SAT INCRBY u8 0 300
    BITFIELD k OVERFLOW FAIL INCRBY u8 0 300 GET u8 0
    BITFIELD k OVERFLOW WRAP INCRBY i8 8 200 GET i8 8
    BITFIELD k OVERFLOW SAT INCRBY i8 8 -1000 OVERFLOW SAT SET i8 16 1000 GET i8 16
    BITFIELD k OVERFLOW FAIL SET i8 16 1000
    GET k`,
  "integers of 64 bits overflow as smaller ones do": `
    BITFIELD k SET i64 0 -1
    BITFIELD k INCRBY i64 0 9223372036854775807 INCRBY i64 0 9223372036854775807
    BITFIELD k OVERFLOW SAT INCRBY i64 0 9223372036854775807 INCRBY i64 0 9223372036854775807
    BITFIELD k SET u63 3 9223372036854775807 INCRBY u63 3 1
    BITFIELD k OVERFLOW SAT INCRBY u63 3 -9223372036854775807 INCRBY u63 3 -9223372036854775807
    GET k`,
  "SET of what does not fit overflows too": `
    BITFIELD k SET u8 0 -1 SET u8 0 256 GET u8 0
    BITFIELD k OVERFLOW SAT SET u8 0 -1 GET u8 0
    BITFIELD k OVERFLOW FAIL SET u8 0 256 GET u8 0
    BITFIELD k OVERFLOW FAIL SET u8 0 -1 GET u8 0
    BITFIELD k OVERFLOW SAT SET u63 0 -5 GET u63 0`,
  "GET alone makes no key": `
    BITFIELD missing GET u8 0
    BITFIELD missing GET u8 1000
    EXISTS missing`,
  "BITFIELD refuses widths, places and operations that are none": `
    BITFIELD k GET u64 0
    BITFIELD k GET i65 0
    BITFIELD k GET u0 0
    BITFIELD k GET x8 0
    BITFIELD k GET u8 -1
    BITFIELD k GET u8 abc
    BITFIELD k GET u8 #
    BITFIELD k SET u8 0 abc
    BITFIELD k SET u8 4294967296 1
    BITFIELD k OVERFLOW BAD
    BITFIELD k GET u8
    BITFIELD k BAD u8 0
    EXISTS k`,
  "BITFIELD_RO only gets": `
    SET k x
    BITFIELD_RO k GET u8 0
    BITFIELD_RO k SET u8 0 1
    BITFIELD_RO k INCRBY u8 0 1
    BITFIELD_RO k
    BITFIELD_RO missing GET u8 0`,
});

randomRequests("bitmaps", {
  seeds: 2,
  words: {
    // Names of several lengths: values lie at several distances from whole words.
    kept: "a | bb | ccc | dddddd",
    key: "<kept> | <kept> | <kept> | <kept> | nokey",
    bytes: "<\0^0..39> | <\xff^0..39> | <\x55^0..39> | <\x80\0\0\x01^0..39>",
    end: "| x | \0\0 | \xff\xfe",
    value: '<bytes><end> | <bytes><end> | <bytes><end> | ""',
    bit: "0 | 1",
    unit: "| BIT | BYTE",
    destination: "to | <kept>",
    operation: "AND | OR | XOR",
    width: "i<1..64> | u<1..63>",
    overflow: "| OVERFLOW WRAP | OVERFLOW SAT | OVERFLOW FAIL",
  },
  requests: `
    SET <kept> <value>
    BITOP NOT <destination> <key>
    BITOP <operation> <destination> <key*1..4>
    GET <key>
    BITCOUNT <key> <-20..39> <-20..179> <unit>
    BITPOS <key> <bit> <-20..39> <-20..179> <unit>
    BITPOS <key> <bit>
    SETBIT <kept> <0..400> <bit>
    GETBIT <key> <0..400>
    BITFIELD <kept> GET <width> <0..300> <overflow> INCRBY <width> <0..300> <int32>
    BITFIELD <kept> <overflow> SET <width> #<0..9> <int32> GET <width> #<0..9>
    BITFIELD_RO <key> GET <width> <0..300>
  `,
});
