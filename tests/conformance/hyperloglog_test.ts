import { differential } from "../support/differential.ts";
import { randomRequests } from "../support/random_differential.ts";

differential(
  "HyperLogLogs",
  `
  PFADD h
  PFADD h
  GET h
  PFADD h a b c
  PFADD h a b c
  GET h
  OBJECT ENCODING h
  PFCOUNT h
  GET h
  PFCOUNT h missing
  PFCOUNT missing
  PFADD g c d e
  PFCOUNT h g
  PFMERGE m h g
  GET m
  PFCOUNT m
  PFMERGE m
  PFMERGE new
  GET new
  PFDEBUG ENCODING m
  PFDEBUG DECODE m
  PFDEBUG TODENSE m
  PFDEBUG TODENSE m
  PFDEBUG DECODE m
  PFDEBUG ENCODING m
  GET m
  PFCOUNT m
  PFADD m z
  PFMERGE h m
  PFDEBUG ENCODING h
  PFDEBUG GETREG g
  PFDEBUG ENCODING missing
  PFDEBUG BAD h
  SET string x
  PFADD string a
  PFCOUNT string
  PFCOUNT h string
  PFMERGE h string
  PFMERGE string h
  PFDEBUG ENCODING string
  SET bad "HYLL\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80\\x00"
  PFCOUNT bad
  PFMERGE h bad
  PFADD bad a b c
  SET bad "HYLL\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80\\x00"
  PFCOUNT bad
  SET bad "HYLL\\x02\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80\\x00"
  PFCOUNT bad
  RPUSH list x
  PFADD list a
  PFCOUNT list
  PFADD e ""
  GET e
  PFSELFTEST
  `,
);

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
