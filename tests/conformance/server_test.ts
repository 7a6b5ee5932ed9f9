import { differential } from "../support/differential.ts";

differential(
  "the connection's own commands",
  `
  PING
  PING hello
  PING a b
  ECHO hi
  ECHO
  ECHO a b
  HELLO abc
  HELLO 4
  HELLO 1
  HELLO 2 BAD
  HELLO 2 AUTH default
  HELLO 2 SETNAME "a b"
  HELLO 2 "BAD\\x00X"
  HELLO 03
  HELLO "3\\x00"
  HELLO ""
  HELLO 9223372036854775808
  AUTH pw
  AUTH default anything
  AUTH nobody pw
  AUTH a b c
  AUTH
  CLIENT GETNAME
  CLIENT SETNAME me
  CLIENT GETNAME
  CLIENT SETNAME ""
  CLIENT GETNAME
  CLIENT SETNAME "a b"
  CLIENT SETNAME "a\\nb"
  ? CLIENT ID
  CLIENT ID x
  ? CLIENT INFO
  ? CLIENT LIST
  ? CLIENT LIST TYPE normal
  CLIENT LIST TYPE replica
  CLIENT LIST TYPE bad
  CLIENT LIST ID abc
  CLIENT LIST ID 99999
  CLIENT LIST BAD
  CLIENT LIST ID
  CLIENT KILL 1.2.3.4:5
  CLIENT KILL ID 0
  CLIENT KILL ID abc
  CLIENT KILL ID 99999
  CLIENT KILL TYPE bad
  CLIENT KILL TYPE pubsub
  CLIENT KILL USER nobody
  CLIENT KILL ADDR 1.2.3.4:5
  CLIENT KILL LADDR 1.2.3.4:5 SKIPME no
  CLIENT KILL SKIPME maybe
  CLIENT KILL SKIPME yes
  CLIENT KILL ID
  CLIENT KILL BAD x
  CLIENT KILL
  CLIENT UNBLOCK 99999
  CLIENT UNBLOCK 99999 TIMEOUT
  CLIENT UNBLOCK 99999 BAD
  CLIENT UNBLOCK abc
  CLIENT PAUSE abc
  CLIENT PAUSE -1
  CLIENT PAUSE 1 BAD
  CLIENT PAUSE 0
  CLIENT UNPAUSE
  CLIENT GETREDIR
  CLIENT NO-EVICT on
  CLIENT NO-EVICT off
  CLIENT NO-EVICT bad
  CLIENT REPLY on
  CLIENT REPLY bad
  CLIENT BAD
  CLIENT
  CLIENT bad a b c
  `,
);

differential(
  "unknown commands and wrong numbers of arguments",
  `
  FOO
  FOO bar baz
  "foo\\r\\nbar" "x\\ny"
  "foo\\x00bar" "x\\x00y" z
  CONFIG "GETX\\x00"
  COMMAND "a\\x00b"
  foo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb ccccccccccccccc
  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  GET
  GET a b
  SET a
  DBSIZE x
  CONFIG
  CONFIG BAD
  CONFIG GET
  OBJECT FREQ
  DEBUG REPLYBUFFER PEAK-RESET-TIME NEVER
  DEBUG REPLYBUFFER PEAK-RESET-TIME reset
  DEBUG REPLYBUFFER peak-reset-time 100
  DEBUG REPLYBUFFER PEAK-RESET-TIME x
  DEBUG REPLYBUFFER RESIZING 0
  DEBUG REPLYBUFFER RESIZING x
  DEBUG REPLYBUFFER BAD 0
  DEBUG REPLYBUFFER RESIZING
  MEMORY
  MEMORY BAD x
  COMMAND BAD
  COMMAND COUNT x
  COMMAND GETKEYS
  COMMAND GETKEYS GET k
  COMMAND GETKEYS SET k v EX 10
  COMMAND GETKEYS MSET a 1 b 2
  COMMAND GETKEYS MSET a
  COMMAND GETKEYS BITOP AND d a b c
  COMMAND GETKEYS NOSUCH a
  COMMAND GETKEYS OBJECT ENCODING k
  COMMAND GETKEYS MEMORY USAGE k
  COMMAND GETKEYSANDFLAGS SET k v
  COMMAND GETKEYSANDFLAGS RENAME a b
  COMMAND GETKEYSANDFLAGS MSET a 1 b 2
  COMMAND GETKEYSANDFLAGS COPY a b
  ~ COMMAND LIST FILTERBY PATTERN config|*
  COMMAND LIST FILTERBY MODULE none
  COMMAND LIST FILTERBY PATTERN ge?
  COMMAND LIST FILTERBY PATTERN nosuch*
  ~ COMMAND LIST FILTERBY ACLCAT bitmap
  COMMAND LIST FILTERBY BAD x
  COMMAND LIST BAD
  COMMAND INFO nosuch
  COMMAND INFO get|key config|get|key nosuch|x
  COMMAND DOCS nosuch
  `,
);

differential(
  "CONFIG",
  `
  CONFIG GET maxmemory
  CONFIG GET MAXMEMORY
  CONFIG GET nosuch
  ~ CONFIG GET *ziplist*
  ~ CONFIG GET hz maxmemory
  CONFIG GET hz hz
  CONFIG SET maxmemory 100mb
  CONFIG GET maxmemory
  CONFIG SET maxmemory 1.5gb
  CONFIG SET maxmemory abc
  CONFIG SET maxmemory-clients 05%
  CONFIG SET shutdown-on-sigint ""
  CONFIG SET maxmemory 0 hz 20
  ~ CONFIG GET maxmemory hz
  CONFIG SET maxmemory 5 hz abc
  ~ CONFIG GET maxmemory hz
  CONFIG SET hz 10 hz 20
  CONFIG SET nosuch 1
  CONFIG SET maxmemory
  CONFIG SET maxmemory 1 hz
  CONFIG SET databases 5
  CONFIG SET dbfilename x
  CONFIG SET maxmemory-policy bad
  CONFIG SET maxmemory-policy allkeys-lru
  CONFIG GET maxmemory-policy
  CONFIG SET maxmemory-samples 0
  CONFIG SET maxmemory-samples 65
  CONFIG SET maxmemory-samples 10
  CONFIG SET appendfsync sometimes
  CONFIG SET save "100 10 60 1000"
  CONFIG GET save
  CONFIG SET save ""
  CONFIG GET save
  CONFIG SET save "100 10 60"
  CONFIG SET save "abc"
  CONFIG SET client-output-buffer-limit "normal 1mb 2mb 60"
  CONFIG GET client-output-buffer-limit
  CONFIG SET client-output-buffer-limit "replica 100mb 50mb 60 pubsub 1mb 1mb 10"
  CONFIG GET client-output-buffer-limit
  CONFIG SET client-output-buffer-limit "bad 1 2 3"
  CONFIG SET client-output-buffer-limit "normal 1 2"
  CONFIG SET client-output-buffer-limit "normal 0 0 0"
  CONFIG SET activerehashing maybe
  CONFIG SET activerehashing no
  CONFIG GET activerehashing
  CONFIG SET slowlog-log-slower-than -1
  CONFIG SET slowlog-log-slower-than -2
  CONFIG SET list-max-ziplist-size 5
  ~ CONFIG GET list-max-*
  CONFIG SET shutdown-on-sigterm "nosave force"
  CONFIG GET shutdown-on-sigterm
  CONFIG SET shutdown-on-sigterm "save nosave"
  CONFIG SET shutdown-on-sigterm default
  CONFIG SET maxmemory-clients 10%
  CONFIG GET maxmemory-clients
  CONFIG SET maxmemory-clients 101%
  CONFIG SET maxmemory-clients 0
  CONFIG SET proto-max-bulk-len 1
  CONFIG SET proto-max-bulk-len 1mb
  APPEND big x
  SETRANGE big 1048576 x
  CONFIG SET proto-max-bulk-len 512mb
  CONFIG RESETSTAT
  CONFIG REWRITE
  CONFIG SET maxclients 0
  CONFIG SET requirepass secret
  CONFIG GET requirepass
  CONFIG SET requirepass ""
  CONFIG SET maxmemory-policy noeviction
  `,
);

differential(
  "replies of every RESP type",
  `
  DEBUG PROTOCOL string
  DEBUG PROTOCOL integer
  DEBUG PROTOCOL double
  DEBUG PROTOCOL null
  DEBUG PROTOCOL array
  DEBUG PROTOCOL set
  DEBUG PROTOCOL map
  DEBUG PROTOCOL verbatim
  DEBUG PROTOCOL true
  DEBUG PROTOCOL false
  DEBUG PROTOCOL bignum
  DEBUG ERROR "MYERR with text"
  DEBUG SET-ACTIVE-EXPIRE 1
  DEBUG SLEEP 0
  DEBUG NOSUCH
  DEBUG
  ROLE
  ? TIME
  TIME x
  ? LOLWUT
  ? INFO
  ? INFO server clients
  INFO nosuch
  ? MEMORY STATS
  ? MEMORY DOCTOR
  MEMORY PURGE
  MEMORY USAGE missing
  MEMORY USAGE k SAMPLES
  MEMORY USAGE k SAMPLES -1
  MEMORY USAGE k BAD 1
  SHUTDOWN BAD
  SHUTDOWN SAVE NOSAVE
  SHUTDOWN ABORT
  SHUTDOWN ABORT NOW
  RESET
  PING
  `,
);
