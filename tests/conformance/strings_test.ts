import { rules } from "../support/differential.ts";
import { randomRequests } from "../support/random_differential.ts";

rules("strings", {
  "SET stores, and NX and XX say whether the key may be there": `
    SET k v
    GET k
    SET k v2 NX
    GET k
    SET k v2 XX
    SET missing v XX
    SET n 1 NX`,
  "SET with GET replies with the old value, even if it stores nothing": `
    SET k v2
    SET k v3 GET
    SET fresh v GET
    SET k v4 NX GET
    SET k v4 XX GET`,
  "SET removes an expiry but with KEEPTTL": `
    SET k v EX 100
    @ TTL k
    SET k v KEEPTTL
    @ TTL k
    SET k v
    TTL k`,
  "SET takes an expiry in seconds, milliseconds or as a time": `
    SET k v PX 100000
    @ TTL k
    SET k v EXAT 99999999999
    EXPIRETIME k
    SET k v PXAT 99999999999999
    PEXPIRETIME k
    SET k v EXAT 1
    GET k
    set k v ex 100 nx get`,
  "SET refuses an expiry that is no positive number of milliseconds in 64 bits": `
    SET k v EX 0
    SET k v EX -1
    SET k v EX abc
    SET k v EX 9223372036854775807
    SET k v PX 9223372036854775807
    SET k v EX`,
  "SET refuses options that exclude each other, and words that it does not know": `
    SET k v EX 10 PX 10
    SET k v EX 10 KEEPTTL
    SET k v KEEPTTL EX 10
    SET k v NX XX
    SET k v XX NX
    SET k v BADOPTION
    SET k v GET GET
    SET k
    SET`,
  "keys and values are any bytes, or none": `
    SET "" empty
    GET ""
    SET "binary\\x00\\xff\\r\\n" "value\\x00\\x01\\xfe"
    GET "binary\\x00\\xff\\r\\n"`,
  "SETNX stores where nothing is": `
    SET k v
    SETNX k v
    SETNX nx v
    SETNX nx v`,
  "SETEX and PSETEX refuse an expiry that is not positive or too large": `
    SETEX s 100 v
    @ TTL s
    SETEX s 0 v
    SETEX s -5 v
    SETEX s x v
    PSETEX s 100000 v
    PSETEX s 0 v
    SETEX s 9223372036854775807 v`,
  "GETDEL deletes what it replies with": `
    GET missing
    SET a hello
    GETDEL a
    GETDEL a
    EXISTS a`,
  "GETSET replaces the value and removes the expiry": `
    GETSET a 1
    GETSET a 2
    SET a v EX 100
    GETSET a w
    TTL a`,
  "GETEX sets an expiry, removes it or leaves it": `
    SET a w
    GETEX a
    GETEX a EX 100
    @ TTL a
    GETEX a PERSIST
    TTL a
    GETEX a PX 100000
    GETEX a EXAT 99999999999
    GETEX a PXAT 99999999999999
    PEXPIRETIME a
    GETEX a EXAT 1
    EXISTS a`,
  "GETEX refuses options that exclude each other, and words that it does not know": `
    SET a w
    GETEX a EX 10 PERSIST
    GETEX a PERSIST EX 10
    GETEX a EX 0
    GETEX missing EX 10
    GETEX missing BAD
    GETEX a BAD`,
  "MSET sets pairs, MGET replies null for what is missing": `
    MSET a 1 b 2 c 3
    MGET a b c d
    MSET a
    MSET a 1 b`,
  "MSETNX sets all or nothing": `
    SET a 1
    MSETNX a 9 z 1
    MSETNX x 1 y 2
    MGET x y z
    MSETNX a
    MSETNX a 1 b
    MSETNX d 1 d 2
    GET d`,
  "APPEND adds to a string, or makes one": `
    APPEND k hello
    APPEND k " world"
    GET k
    STRLEN k
    STRLEN missing
    OBJECT ENCODING k
    APPEND e ""
    EXISTS e`,
  "APPEND leaves a string that INCR makes a number again": `
    APPEND num 1
    OBJECT ENCODING num
    APPEND num 2
    OBJECT ENCODING num
    INCR num
    OBJECT ENCODING num`,
  "SETRANGE writes into a string, and fills up with zeros": `
    SET k "hello world"
    SETRANGE k 6 redis
    GET k
    SETRANGE k 20 x
    GET k
    SETRANGE missing 3 ""
    EXISTS missing
    SETRANGE fresh 3 abc
    GET fresh
    OBJECT ENCODING fresh
    SETRANGE k 0 ""`,
  "SETRANGE refuses an offset that is negative, no number or too large": `
    SET k "hello world"
    SETRANGE k -1 x
    SETRANGE k abc x
    SETRANGE k 536870912 x
    SETRANGE k 4294967295 x`,
  "GETRANGE counts from the end if an index is negative, and cuts what is outside": `
    SET k "hello redis\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00x"
    GETRANGE k 0 4
    GETRANGE k -5 -1
    GETRANGE k 0 -1
    GETRANGE k 5 2
    GETRANGE k -1 -5
    GETRANGE k 100 200
    GETRANGE k -100 2
    GETRANGE k 0 1000
    GETRANGE k a b
    GETRANGE missing 0 -1
    SUBSTR k 0 3
    SUBSTR k 0`,
  "parts of a number are parts of its digits": `
    SET i 12345
    GETRANGE i 0 2
    SETRANGE i 1 99
    GET i
    OBJECT ENCODING i`,
  "INCR and its family count from 0": `
    INCR n
    INCR n
    DECR n
    INCRBY n 41
    DECRBY n 2
    GET n
    OBJECT ENCODING n
    SET big 999999999999999
    INCR big`,
  "a number that would leave 64 bits stays as it is": `
    SET n 9223372036854775806
    INCR n
    INCR n
    GET n
    SET n -9223372036854775807
    DECR n
    DECR n
    SET n 9007199254740992
    INCR n
    INCRBY n 9007199254740993
    DECRBY n 1
    SET n 1
    INCRBY n 9223372036854775807
    INCRBY n 9223372036854775806
    DECRBY n -9223372036854775808`,
  "INCRBY takes an integer written in the shortest way": `
    SET n 1
    INCRBY n 9223372036854775808
    INCRBY n abc
    INCRBY n 1.5
    INCRBY n " 1"
    INCRBY n +1
    INCRBY n 01`,
  "INCR refuses a value that is not an integer written in the shortest way": `
    SET s " 11"
    INCR s
    SET s "11 "
    INCR s
    SET s 0012
    INCR s
    SET s ""
    INCR s
    SET s -0
    INCR s`,
  "INCR keeps the expiry": `
    SET t 10 EX 1000
    INCR t
    @ TTL t`,
  "INCRBYFLOAT adds in more digits than a double has, and prints no exponent": `
    INCRBYFLOAT f 10.5
    INCRBYFLOAT f 0.1
    INCRBYFLOAT f -5
    INCRBYFLOAT f 5.0e3
    INCRBYFLOAT f 1.23456789012345678
    GET f
    SET f 1e15
    INCRBYFLOAT f 0.1
    SET f 17179869184
    INCRBYFLOAT f 1.5
    INCRBYFLOAT g 3.0
    INCRBYFLOAT g 0.1
    INCRBYFLOAT g 0.2
    INCRBYFLOAT g -3.3
    INCRBYFLOAT h 0.00000000000000001
    INCRBYFLOAT h 0.000000000000000001
    INCRBYFLOAT h 123456789012345678901234567890
    SET foo 1
    INCRBYFLOAT foo 1.1`,
  "INCRBYFLOAT takes numbers as C does, and refuses what is no finite number": `
    SET f 1.5
    INCRBYFLOAT f abc
    INCRBYFLOAT f ""
    INCRBYFLOAT f " 1"
    INCRBYFLOAT f inf
    INCRBYFLOAT f -inf
    INCRBYFLOAT f nan
    INCRBYFLOAT f 1e400
    INCRBYFLOAT f 1e5000
    INCRBYFLOAT f 1e-5000
    INCRBYFLOAT f .5
    INCRBYFLOAT f 5.
    INCRBYFLOAT f +7
    INCRBYFLOAT f 1e
    GET f`,
  "INCRBYFLOAT leaves a string, though it be an integer": `
    SET f 3
    INCRBYFLOAT f 0.2
    OBJECT ENCODING f
    INCRBYFLOAT f 0.8
    OBJECT ENCODING f`,
  "LCS finds what two strings have in common, in order": `
    MSET a ohmytext b mynewtext
    LCS a b
    LCS a b LEN
    LCS a missing
    LCS a missing LEN
    LCS a b BAD
    LCS a`,
  "LCS IDX tells where, of parts that are long enough": `
    MSET a ohmytext b mynewtext
    LCS a b IDX
    LCS a b IDX MINMATCHLEN 4
    LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN
    LCS a b IDX WITHMATCHLEN
    LCS a b IDX MINMATCHLEN -1
    LCS a b MINMATCHLEN
    LCS a b LEN IDX
    LCS a missing IDX
    LCS missing missing2 IDX
    MSET x aaaa y aabaa
    LCS x y IDX WITHMATCHLEN
    LCS x x IDX`,
});

randomRequests("strings", {
  seeds: 4,
  words: {
    key: "a | b | c | d",
    number: "<-300..300> | <int32> | 9223372036854775800 | -9223372036854775800 | 0<0..9>",
    double: "<-30..30>.25 | <0..9>.5 | 1e<0..15> | <number>",
    text: 'w<0..40> | <x^0..200> | <ab^0..40> | "" | \0\xff',
    value: "<number> | <double> | <text>",
    when: "| EX 100000 | EXAT 4000000000 | PXAT 4000000000000 | KEEPTTL",
    condition: "| NX | XX",
    got: "| GET",
    matching: "| LEN | IDX | IDX WITHMATCHLEN MINMATCHLEN <0..5>",
  },
  requests: `
    SET <key> <value>
    SET <key> <value> <condition> <got> <when>
    GET <key>
    APPEND <key> <value>
    INCR <key>
    DECR <key>
    INCRBY <key> <number>
    DECRBY <key> <number>
    INCRBYFLOAT <key> <double>
    GETRANGE <key> <-20..30> <-20..30>
    SETRANGE <key> <0..30> <text>
    STRLEN <key>
    GETSET <key> <value>
    SETNX <key> <value>
    MSET <key> <value> <key> <value>
    MSETNX <key> <value> <key> <value>
    MGET <key*1..4>
    GETEX <key> EXAT 4000000000
    GETEX <key> PERSIST
    @ EXPIRETIME <key>
    OBJECT ENCODING <key>
    LCS <key> <key> <matching>
    1/5 GETDEL <key>
    1/9 RENAME <key> <key>
    1/9 COPY <key> <key> REPLACE
  `,
});
