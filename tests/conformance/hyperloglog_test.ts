import { rules } from "../support/differential.ts";
import { randomRequests } from "../support/random_differential.ts";

/** The bytes of a sketch without elements, but of encoding `encoding`. */
const sketch = (encoding: string) => `"HYLL\\x${encoding}${"\\x00".repeat(10)}\\x80\\x00"`;

rules("HyperLogLogs", {
  "PFADD makes a key even of nothing, and tells whether the estimate may have changed": `
    PFADD h
    PFADD h
    GET h
    PFADD h a b c
    PFADD h a b c
    GET h
    OBJECT ENCODING h
    PFADD e ""
    GET e`,
  "PFCOUNT keeps its result in the key until that changes": `
    PFADD h a b c
    PFCOUNT h
    GET h
    PFADD h d
    GET h
    PFCOUNT h missing
    PFCOUNT missing`,
  "PFCOUNT of several keys counts their union": `
    PFADD h a b c
    PFADD g c d e
    PFCOUNT h g
    PFCOUNT g h missing`,
  "PFMERGE makes the union a key, its target's elements among them": `
    PFADD h a b c
    PFADD g c d e
    PFMERGE m h g
    GET m
    PFCOUNT m
    PFMERGE m
    PFMERGE new
    GET new
    PFADD m z
    PFMERGE h m
    PFDEBUG ENCODING h
    PFCOUNT h`,
  "PFDEBUG shows an encoding and changes it": `
    PFADD m a b c d e
    PFDEBUG ENCODING m
    PFDEBUG DECODE m
    PFDEBUG TODENSE m
    PFDEBUG TODENSE m
    PFDEBUG DECODE m
    PFDEBUG ENCODING m
    GET m
    PFCOUNT m
    PFADD g c d e
    PFDEBUG GETREG g
    PFDEBUG ENCODING missing
    PFDEBUG BAD m`,
  "a dense sketch stays dense when it is merged": `
    PFADD h a b c
    PFADD m z
    PFDEBUG TODENSE m
    PFMERGE h m
    PFDEBUG ENCODING h
    GET h`,
  "a string that is no sketch is refused": `
    SET string x
    PFADD h a
    PFADD string a
    PFCOUNT string
    PFCOUNT h string
    PFMERGE h string
    PFMERGE string h
    PFDEBUG ENCODING string`,
  "a sketch is refused if its bytes do not agree with its encoding": `
    PFADD h a
    SET bad ${sketch("01")}
    PFCOUNT bad
    PFMERGE h bad
    PFADD bad a b c
    SET bad ${sketch("00")}
    PFCOUNT bad
    SET bad ${sketch("02")}
    PFCOUNT bad`,
  "a key of another type holds no sketch": `
    RPUSH list x
    PFADD list a
    PFCOUNT list`,
  "PFSELFTEST finds no fault": "PFSELFTEST",
});

randomRequests("HyperLogLogs", {
  seeds: 1,
  words: { key: "h0 | h1 | h2", element: "e<0..999999>", limit: "0 | 100 | 3000 | 16000" },
  requests: `
    PFADD <key> <element*1..20>
    PFADD <key> <element*1..20>
    PFADD <key> <element*1..20>
    GET <key>
    1/5 PFMERGE <key> h0 h1
    1/5 PFCOUNT <key>
    1/20 PFCOUNT <key*2..3>
    1/40 DEL <key>
    1/40 CONFIG SET hll-sparse-max-bytes <limit>
  `,
  finish: ["h0", "h1", "h2"].map((key) => ({ mark: "", words: ["GET", key] })),
});
