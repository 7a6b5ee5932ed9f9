import { rules } from "../support/differential.ts";

rules("keys", {
  "DEL, UNLINK and EXISTS count keys, as often as they are named": `
    MSET a 1 b 2 c 3
    DEL a missing b
    DEL a
    EXISTS c c c missing
    EXISTS
    UNLINK c
    DBSIZE`,
  "TOUCH counts keys that are there": `
    SET a 1
    TOUCH a b a`,
  "TYPE of what is missing is none": `
    SET a 1
    TYPE a
    TYPE missing`,
  "OBJECT tells of a key's value, or null": `
    SET a 1
    OBJECT ENCODING a
    OBJECT ENCODING missing
    OBJECT REFCOUNT a
    OBJECT REFCOUNT missing
    SET r "a string"
    OBJECT REFCOUNT r
    ? OBJECT IDLETIME a
    OBJECT FREQ a
    OBJECT FREQ missing
    OBJECT BAD a
    OBJECT
    OBJECT ENCODING`,
  "a string is int, embstr up to 44 bytes, or raw": `
    SET s "a string that is a good deal longer than forty-four bytes"
    OBJECT ENCODING s
    SET s "forty-four bytes: ab cd ef gh ij kl mn op qr"
    OBJECT ENCODING s
    SET s 12345678901234567890
    OBJECT ENCODING s
    SET s -1
    OBJECT ENCODING s
    SET s 1.5
    OBJECT ENCODING s`,
  "TTL is -1 without expiry, and -2 without a key": `
    SET k v
    TTL k
    PTTL k
    EXPIRE k 100
    @ TTL k
    TTL missing
    PTTL missing
    EXPIRETIME missing
    PEXPIRETIME missing
    TTL`,
  "EXPIRE NX sets where there is no expiry, XX where there is one": `
    SET k v
    EXPIRE k 100
    EXPIRE k 100 NX
    EXPIRE k 200 XX
    @ TTL k`,
  "EXPIRE GT only prolongs, LT only shortens": `
    SET k v
    EXPIRE k 200
    EXPIRE k 100 GT
    EXPIRE k 300 GT
    @ TTL k
    EXPIRE k 400 LT
    EXPIRE k 50 LT
    @ TTL k`,
  "no expiry is longer than any: GT leaves it, LT does not": `
    SET k v
    EXPIRE k 100 GT
    TTL k
    EXPIRE k 100 LT
    @ TTL k`,
  "PERSIST removes an expiry that is there": `
    SET k v
    EXPIRE k 50
    PERSIST k
    PERSIST k
    PERSIST missing
    PERSIST k
    EXPIRETIME k`,
  "EXPIRE refuses conditions that exclude each other, and words that it does not know": `
    SET k v
    EXPIRE k 100
    EXPIRE k 200 XX GT
    EXPIRE k 10 NX XX
    EXPIRE k 10 NX GT
    EXPIRE k 10 GT LT
    EXPIRE k 10 BAD
    EXPIRE k 10 NX BAD
    EXPIRE k abc
    EXPIRE k`,
  "a time of expiry that does not fit 64 bits of milliseconds is refused": `
    SET k v
    EXPIRE k 9223372036854775807
    EXPIRE k -9223372036854775808
    EXPIRE k 9223372036854770
    PEXPIRE k 9223372036854775807
    PEXPIRE k 9223370399119966
    EXPIREAT k 9223372036854775807
    PEXPIREAT k 9223372036854775807
    EXISTS k`,
  "EXPIREAT and PEXPIREAT name the time itself": `
    SET k v
    EXPIRE missing 100
    EXPIREAT k 99999999999
    EXPIRETIME k
    PEXPIRETIME k
    PEXPIREAT k 99999999999999
    EXPIRETIME k`,
  "an expiry in the past deletes the key": `
    SET k v
    EXPIRE k -1
    EXISTS k
    SET k v
    PEXPIREAT k 1
    EXISTS k
    SET k v
    EXPIREAT k 1
    GET k
    SET k v
    EXPIRE k 0
    EXISTS k`,
  "what changes a string keeps its expiry": `
    SET k v
    PEXPIRE k 100000
    @ TTL k
    APPEND k x
    @ TTL k
    SETRANGE k 0 y
    @ TTL k`,
  "RENAME moves value and expiry": `
    SET a 1 EX 100
    RENAME a b
    GET b
    @ TTL b
    EXISTS a
    RENAME missing x
    RENAME missing missing
    RENAME b b`,
  "RENAMENX leaves a key that is there": `
    SET b 1 EX 100
    RENAMENX b b
    SET c 3
    RENAMENX b c
    RENAMENX b d
    RENAME d c
    GET c
    RENAMENX missing x`,
  "COPY copies the expiry too, and replaces only if it is told to": `
    SET c 1 EX 100
    COPY c e
    GET e
    @ TTL e
    COPY c e
    COPY c e REPLACE
    COPY c c
    COPY missing f`,
  "COPY to another database keeps or changes the name": `
    SET c 1 EX 100
    COPY c f DB 3
    COPY c f DB 3
    COPY c c DB 3
    COPY c f DB 99
    COPY c f DB abc
    COPY c f BAD
    COPY c f DB
    SELECT 3
    GET f
    GET c`,
  "MOVE moves a key to a database that has none of its name": `
    SELECT 3
    SET f 1
    MOVE f 0
    EXISTS f
    SELECT 0
    GET f
    MOVE f 0
    MOVE f 99
    MOVE f abc
    MOVE f -1
    MOVE missing 1
    SELECT 3
    SET f other
    MOVE f 0`,
  "SELECT takes numbers of databases that there are": `
    SELECT 16
    SELECT -1
    SELECT abc
    SELECT`,
  "SWAPDB exchanges two databases under the clients that use them": `
    SET f 1
    SELECT 3
    SET f other
    SWAPDB 0 3
    GET f
    SELECT 0
    GET f
    SWAPDB 0 99
    SWAPDB x 0
    SWAPDB 0 y
    SWAPDB 0 0`,
  "FLUSHDB empties one database, FLUSHALL all": `
    MSET a 1 b 2
    SELECT 3
    SET f other
    SELECT 0
    DBSIZE
    FLUSHDB
    DBSIZE
    SELECT 3
    DBSIZE
    FLUSHALL ASYNC
    DBSIZE
    FLUSHALL SYNC
    FLUSHALL BAD
    FLUSHDB BAD
    FLUSHALL ASYNC SYNC`,
  "RANDOMKEY, KEYS and SCAN find nothing where nothing is": `
    RANDOMKEY
    KEYS *
    SCAN 0`,
  "KEYS finds what a pattern matches": `
    MSET key:1 a key:2 b other c "sp ace" d
    ~ KEYS *
    ~ KEYS key:*
    ~ KEYS key:?
    ~ KEYS key:[12]
    ~ KEYS key:[^1]
    ~ KEYS *[a-e]*
    ~ KEYS \\\\key*
    ~ KEYS *er
    ~ KEYS nothing*
    ? RANDOMKEY`,
  "SCAN refuses cursors and counts that make no sense, and takes a pattern and a type": `
    MSET key:1 a key:2 b other c "sp ace" d
    SCAN abc
    ! SCAN -1
    SCAN 0 COUNT 0
    SCAN 0 COUNT abc
    SCAN 0 MATCH
    SCAN 0 BAD x
    ? SCAN 0 COUNT 100
    SCAN 0 COUNT 100 MATCH key:1
    SCAN 0 COUNT 100 MATCH key:1 TYPE string
    SCAN 0 COUNT 100 MATCH key:1 TYPE list`,
  "signatures of data are Redis's own": `
    DEBUG DIGEST
    MSET a 1 b 2 c "a longer string"
    EXPIRE b 1000
    DEBUG DIGEST
    SELECT 5
    SET x y
    DEBUG DIGEST
    DEBUG DIGEST-VALUE x missing`,
});
