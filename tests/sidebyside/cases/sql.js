// ctx.storage.sql and ctx.storage.kv, of a class with storage in SQLite, and of one without.
import { inside, withSqlite } from "./kinds.js";

const within = (action) => withSqlite((thing) => action(thing.state.storage, thing));

const TABLE = "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT NOT NULL UNIQUE, c)";

const seen = ({ name, message }) => `${name}: ${message}`;

function rowsOf(sql, [text, ...values]) {
  try {
    return sql.exec(text, ...values).toArray();
  } catch (error) {
    return seen(error);
  }
}

// Each statement's rows, or its error, one after the other; a statement is a text, or [text, value ...].
const all = (...statements) => within(({ sql }) => statements.map((one) => rowsOf(sql, [one].flat())));

const using = (action) =>
  within(({ sql }) => {
    sql.exec(TABLE);
    sql.exec("INSERT INTO t(b, c) VALUES ('x', 1), ('y', 2.5), ('z', NULL)");
    return action(sql);
  });

const VALUES = {
  "integer": 1, "fraction": 1.5, "negative-zero": -0, "nan": NaN, "infinity": Infinity, "large": 2 ** 53, "text": "a", "empty": "", "true": true,
  "false": false, "null": null, "undefined": undefined, "bigint": 10n, "date": new Date(0), "object": {}, "array": [1, 2], "nested": [[]],
  "bytes": new Uint8Array([1, 2]), "buffer": new ArrayBuffer(2), "view": new DataView(new ArrayBuffer(3), 1), "words": new Uint16Array([258]),
  "no-bytes": new Uint8Array(0), "symbol": Symbol("x"), "lone": "\ud800", "pair": "\u{1F600}", "zero": "a\0b", "own": { toString: () => "mine" },
};

const LITERALS = {
  "integer": "9007199254740993", "least": "-9223372036854775808", "float": "1.0", "text": "'x'", "blob": "x'0102'", "null": "NULL", "infinity": "1e999",
  "no-bytes": "zeroblob(0)", "division": "1/0", "quoted": '"nope"',
};

const TEXTS = {
  "semicolon": "SELECT 1;", "blanks-after": "SELECT 1; \n ", "comment-after": "SELECT 1; -- end", "empty": "", "blank": " ", "comment": "-- x", "only-semicolon": ";",
  "two": "SELECT 1; SELECT 2", "two-first-fails": "SELECT nope; SELECT 2", "syntax": "SELEC", "no-table": "SELECT * FROM nope", "no-column": "SELECT nope", "no-function": "SELECT nope(1)",
  "same-names": "SELECT 1 AS a, 2 AS a", "integer-names": "SELECT 3 AS '1', 4 AS '0'", "proto-name": "SELECT 5 AS __proto__", "no-rows": "SELECT 1 AS a WHERE 0", "too-long": `SELECT 1 /*${"x".repeat(100001)}*/`,
  "too-many-columns": `SELECT ${"1,".repeat(100)}1`, "many-columns": `SELECT ${Array.from({ length: 100 }, (_, i) => i).join()}`, "too-many-unions": `SELECT 1${" UNION SELECT 1".repeat(5)}`,
  "unions": `SELECT 1${" UNION SELECT 1".repeat(4)}`, "too-deep": `SELECT ${"1+".repeat(101)}1`, "pattern": `SELECT 'a' LIKE '${"x".repeat(50)}' AS v`, "pattern-too-long": `SELECT 'a' LIKE '${"x".repeat(51)}' AS v`,
  "overflow": "SELECT abs(-9223372036854775808)", "json": `SELECT json_extract('{"a":[1,2]}', '$.a[1]') AS v`, "json-bad": "SELECT 'a' -> 'b'", "json-each": "SELECT value FROM json_each('[1,2]')",
  "unixepoch": "SELECT unixepoch('2020-01-01') AS v", "printf": "SELECT printf('%05d', 7) AS v", "sine": "SELECT sin(0) AS v", "iif": "SELECT iif(1, 2, 3) AS v", "window": "SELECT value, sum(value) OVER (ORDER BY value) AS s FROM json_each('[1,2,3]')",
  "recursive": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 5) SELECT x FROM n", "case-insensitive": "SELECT 'A' LIKE 'a' AS v", "version": "SELECT sqlite_version()", "readfile": "SELECT readfile('/etc/passwd')",
};

const REFUSED = [
  "BEGIN", "BEGIN IMMEDIATE", "COMMIT", "END", "ROLLBACK", "SAVEPOINT x", "RELEASE x", "ROLLBACK TO x", "ATTACH 'x' AS y", "DETACH main", "PRAGMA user_version", "PRAGMA user_version = 3",
  "PRAGMA journal_mode", "PRAGMA journal_mode = WAL", "PRAGMA page_size = 512", "PRAGMA schema_version", "PRAGMA integrity_check", "PRAGMA function_list", "PRAGMA nope", "PRAGMA writable_schema = 1",
  "PRAGMA synchronous", "PRAGMA temp_store = 1", "CREATE TABLE _cf_x(a)", "CREATE TABLE t(_cf_a)", "CREATE TEMP TABLE t(a)", "CREATE TEMP VIEW v AS SELECT 1", "SELECT * FROM temp.nope",
  "CREATE VIRTUAL TABLE g USING fts4(a)", "UPDATE sqlite_schema SET sql = 1", "CREATE TABLE sqlite_x(a)",
];
const ALLOWED = [
  "PRAGMA foreign_keys", "PRAGMA foreign_keys = OFF", "PRAGMA table_info(t)", "PRAGMA table_xinfo(t)", "PRAGMA page_size", "PRAGMA defer_foreign_keys = ON", "PRAGMA quick_check", "PRAGMA index_list(t)",
  "PRAGMA index_info(sqlite_autoindex_t_1)", "PRAGMA foreign_key_list(t)", "PRAGMA foreign_key_check", "PRAGMA case_sensitive_like = 1", "PRAGMA recursive_triggers = 1", "PRAGMA optimize",
  "SELECT name FROM pragma_table_info('t')", "SELECT name, type FROM sqlite_schema ORDER BY name", "REINDEX", "ANALYZE",
];

const cursors = {
  "one": (sql) => sql.exec("SELECT a FROM t WHERE a = 2").one(),
  "one-none": (sql) => sql.exec("SELECT a FROM t WHERE 0").one(),
  "one-many": (sql) => sql.exec("SELECT a FROM t").one(),
  "one-twice": (sql) => {
    const cursor = sql.exec("SELECT a FROM t WHERE a = 2");
    return [cursor.one(), cursor.one()];
  },
  "raw": (sql) => [...sql.exec("SELECT a, b, c AS a FROM t").raw()],
  "raw-toArray": (sql) => sql.exec("SELECT a, b FROM t").raw().toArray(),
  "raw-and-cursor": (sql) => {
    const cursor = sql.exec("SELECT a FROM t"), raw = cursor.raw();
    return [cursor.next(), raw.next(), cursor.next(), raw.next(), cursor.next()];
  },
  "names": (sql) => [sql.exec("SELECT a, b AS a, 1 + 1 FROM t").columnNames, sql.exec("INSERT INTO t(b) VALUES ('n')").columnNames],
  "next": (sql) => {
    const cursor = sql.exec("SELECT a FROM t");
    return [cursor.next(), cursor.next(), cursor.next(), cursor.next(), cursor.next()];
  },
  "iterated": (sql) => {
    const got = [];
    for (const row of sql.exec("SELECT a FROM t")) got.push(row);
    return got;
  },
  "left-and-gone-on": (sql) => {
    const cursor = sql.exec("SELECT a FROM t");
    for (const _ of cursor) break;
    return [...cursor];
  },
  "toArray-twice": (sql) => {
    const cursor = sql.exec("SELECT a FROM t");
    return [cursor.toArray(), cursor.toArray()];
  },
  "written": (sql) => {
    const counts = ["INSERT INTO t(b) VALUES ('p')", "UPDATE t SET c = 5", "DELETE FROM t WHERE a > 100", "SELECT 1"].map((text) => sql.exec(text));
    return counts.map((cursor) => [cursor.toArray(), cursor.rowsWritten > 0]);
  },
  "returning": (sql) => sql.exec("INSERT INTO t(b) VALUES ('p'), ('q') RETURNING a, b").toArray(),
  "changed-in-a-loop": (sql) => {
    for (const { a } of sql.exec("SELECT a FROM t")) sql.exec("UPDATE t SET c = ? WHERE a = ?", `was ${a}`, a);
    return sql.exec("SELECT c FROM t").toArray();
  },
  "classes": (sql) => {
    const cursor = sql.exec("SELECT 1");
    return [cursor instanceof sql.Cursor, String(cursor), String(cursor.raw()), String(sql), sql.Cursor.name, typeof sql.Statement, cursor.constructor === sql.Cursor];
  },
  "rows": (sql) => {
    const row = sql.exec("SELECT a, b FROM t").next().value;
    return [Object.getPrototypeOf(row) === Object.prototype, Object.keys(row)];
  },
  "no-arguments": (sql) => sql.exec(),
  "text-is-converted": (sql) => sql.exec({ toString: () => "SELECT 7 AS v" }).toArray(),
  "text-is-a-number": (sql) => sql.exec(5),
  "size": (sql) => [typeof sql.databaseSize, sql.databaseSize > 0, sql.databaseSize % 4096],
};

const CONSTRAINTS = [
  TABLE, ["INSERT INTO t(b) VALUES (?)", "x"], ["INSERT INTO t(b) VALUES (?)", "x"], "INSERT INTO t(b) VALUES (NULL)", "INSERT INTO t VALUES (1, 'y', 2)", "INSERT INTO t VALUES ('a', 'y', 2)",
  "CREATE TABLE s(a INT CHECK (a > 0)) STRICT", "INSERT INTO s VALUES ('x')", "INSERT INTO s VALUES (-1)", "CREATE TABLE p(id INTEGER PRIMARY KEY)",
  "CREATE TABLE f(p REFERENCES p(id))", "INSERT INTO f VALUES (1)", "INSERT INTO p VALUES (1); INSERT INTO f VALUES (1)", "DELETE FROM p",
  "CREATE TRIGGER r BEFORE INSERT ON p BEGIN SELECT RAISE(ABORT, 'not today'); END", "INSERT INTO p VALUES (2)", "DROP TABLE t", "SELECT * FROM t", "CREATE TABLE p(a)", "SELECT * FROM f",
];

const transactionsOf = {
  "sync": ({ sql, transactionSync }, storage) => [storage.transactionSync(() => sql.exec("INSERT INTO t(b) VALUES ('n') RETURNING a").one()), sql.exec("SELECT count(*) AS n FROM t").one()],
  "sync-throws": ({ sql }, storage) => {
    const gave = (() => {
      try {
        return storage.transactionSync(() => {
          sql.exec("INSERT INTO t(b) VALUES ('n')");
          storage.kv.put("k", 1);
          throw new RangeError("no");
        });
      } catch (error) {
        return seen(error);
      }
    })();
    return [gave, sql.exec("SELECT count(*) AS n FROM t").one(), storage.kv.get("k")];
  },
  "sync-in-sync": ({ sql }, storage) => {
    storage.transactionSync(() => {
      sql.exec("INSERT INTO t(b) VALUES ('outer')");
      try {
        storage.transactionSync(() => {
          sql.exec("INSERT INTO t(b) VALUES ('inner')");
          throw new Error("inner");
        });
      } catch {
        sql.exec("INSERT INTO t(b) VALUES ('after')");
      }
    });
    return sql.exec("SELECT b FROM t").raw().toArray();
  },
  "async": async ({ sql }, storage) => {
    await storage.transaction(async () => {
      sql.exec("INSERT INTO t(b) VALUES ('n')");
      await scheduler.wait(1);
      sql.exec("INSERT INTO t(b) VALUES ('m')");
    });
    return sql.exec("SELECT b FROM t").raw().toArray();
  },
  "async-rolled-back": async ({ sql }, storage) => {
    await storage.transaction(async (transaction) => {
      sql.exec("CREATE TABLE n(a)");
      await storage.put("k", 1);
      transaction.rollback();
      sql.exec("INSERT INTO t(b) VALUES ('after')");
    });
    return [sql.exec("SELECT name FROM sqlite_schema WHERE name IN ('t', 'n')").raw().toArray(), sql.exec("SELECT b FROM t").raw().toArray(), await storage.get("k")];
  },
  "deferred-key": ({ sql }, storage) => {
    sql.exec("CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE f(p REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED)");
    storage.transactionSync(() => sql.exec("INSERT INTO f VALUES (1); INSERT INTO p VALUES (1)"));
    return sql.exec("SELECT * FROM f").toArray();
  },
  "cursor-from-within": ({ sql }, storage) => storage.transactionSync(() => sql.exec("SELECT a FROM t")).toArray(),
  "deleteAll": async ({ sql }, storage) => {
    storage.kv.put("k", 1);
    await storage.deleteAll();
    return [sql.exec("SELECT name FROM sqlite_schema WHERE name = 't'").toArray(), storage.kv.get("k"), rowsOf(sql, [TABLE])];
  },
};

const kv = {
  "round-trip": (kv) => [kv.put("a", { x: new Date(0) }), kv.get("a"), kv.get("b"), kv.delete("a"), kv.delete("a"), kv.get("a")],
  "list": (kv) => {
    for (const key of ["a1", "a2", "b1"]) kv.put(key, key);
    return [{}, { prefix: "a" }, { start: "a2" }, { startAfter: "a1" }, { end: "b" }, { reverse: true, limit: 2 }].map((options) => [...kv.list(options)]);
  },
  "list-iterator": (kv) => {
    kv.put("a", 1);
    const list = kv.list();
    return [String(list), list.next(), list.next(), [...list]];
  },
  "list-no-limit": (kv) => kv.list({ limit: 0 }),
  "list-two-starts": (kv) => kv.list({ start: "a", startAfter: "b" }),
  "list-number": (kv) => kv.list(5),
  "put-nothing": (kv) => kv.put("a"),
  "put-object": (kv) => kv.put({ a: 1 }),
  "put-symbol": (kv) => kv.put("a", Symbol("x")),
  "get-nothing": (kv) => kv.get(),
  "key-is-converted": (kv) => [kv.put(5, "five"), kv.get("5"), kv.get(["5"]), kv.delete([5])],
  "large": (kv) => [kv.put("a", "v".repeat(2_000_000)), kv.get("a").length],
  "class": (kv) => [String(kv), kv.constructor.name],
};

const named = (prefix, table, make) => Object.fromEntries(Object.entries(table).map(([name, one]) => [`${prefix}-${name}`, make(one, name)]));
const slug = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
const bySlug = (list) => Object.fromEntries(list.map((one) => [slug(one), one]));

export const sql = {
  ...named("value", VALUES, (value) => all(["SELECT ? AS v, typeof(?1) AS t", value])),
  ...named("literal", LITERALS, (literal) => all(`SELECT ${literal} AS v, typeof(${literal}) AS t`)),
  ...named("text", TEXTS, (text) => all(text)),
  "parameters": all(["SELECT ?; SELECT 2", 1], ["SELECT 1; SELECT ? AS v", 1], ["SELECT ?"], ["SELECT ?", 1, 2], ["SELECT 1", 1], ["SELECT ?2 AS v", 1, 2], ["SELECT :a, $b, @c, ?", 1, 2, 3, 4]),
  "parameters-100": all([`SELECT ${Array(100).fill("?").join("+")} AS v`, ...Array(100).fill(1)].flat()),
  "parameters-101": all(["SELECT coalesce(?101, 1) AS v", ...Array(101).fill(1)]),
  ...named("refused", bySlug(REFUSED), (text) => all(text)),
  ...named("allowed", bySlug(ALLOWED), (text) => all(TABLE, text)),
  "settings": all("PRAGMA foreign_keys = OFF", "PRAGMA case_sensitive_like = 1", "PRAGMA foreign_keys", "SELECT 'A' LIKE 'a' AS v"),
  "full-text": all("CREATE VIRTUAL TABLE f USING fts5(a)", "INSERT INTO f VALUES ('the quick fox'), ('a dog')", "SELECT a FROM f WHERE f MATCH 'quick'"),
  ...named("cursor", cursors, using),
  "constraints": all(...CONSTRAINTS),
  "half-of-many": all(TABLE, "INSERT INTO t(b) VALUES ('p'); INSERT INTO t(b) VALUES ('p')", "SELECT b FROM t"),
  ...named("transaction", transactionsOf, (action) => within((storage) => {
    storage.sql.exec(TABLE);
    return action(storage, storage);
  })),
  ...named("kv", kv, (action) => within((storage) => action(storage.kv))),
  "kv-and-storage": within(async (storage) => [await storage.put("a", 1), storage.kv.get("a"), storage.kv.put("b", 2), await storage.get("b")]),
  "same-each-time": within(({ sql, kv }, { state }) => [sql === state.storage.sql, kv === state.storage.kv]),
  "without-sqlite": inside(({ state: { storage } }) => [typeof storage.sql, rowsOf(storage.sql, ["SELECT 1"])]),
  "size-without-sqlite": inside(({ state: { storage } }) => storage.sql.databaseSize),
  "kv-without-sqlite": inside(({ state: { storage } }) => storage.kv.get("a")),
  "kept-for-the-next-instance": {
    worker: async (t) => {
      const stub = t.stub("SQL");
      return [await (await t.ask(stub, "/write")).json(), await (await t.ask(stub, "/read")).json()];
    },
    object: ({ state: { storage } }, request) => {
      if (request.url.endsWith("/write")) storage.sql.exec(`${TABLE}; INSERT INTO t(b) VALUES ('kept')`);
      return Response.json(storage.sql.exec("SELECT * FROM t").toArray());
    },
  },
};
