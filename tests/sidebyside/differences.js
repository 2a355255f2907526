// Where Terrella means to differ from workerd: the case, why, and what is expected of Terrella;
// what `expected` does not mention is free. Everything else is to be the same. Keep it short.

const foreignId = {
  reason: "an id of another namespace is refused, as in production",
  expected: { threw: { type: "TypeError", message: "Durable Object ID is not valid for this namespace." } },
};

const developmentPage = {
  reason: "what the Worker did not catch is shown, as by wrangler dev",
  expected: { status: 500, statusText: "Internal Server Error" },
};

const jurisdictions = (expected) => ({ reason: "jurisdictions work here, as in production", expected });

const kept = (expected) => ({ reason: "what was stored stays; workerd keeps it on disk, but not in memory", expected });

const tooMany = { type: "RangeError", message: "Maximum number of key value pairs is 128. 129 pairs were provided." };
const documentedLimit = (expected) => ({ reason: "the documented limit holds; workerd checks it in get() only", expected });


const notSqlite = (start) => ({ reason: "in the words of production; workerd has others where it stores in memory", expected: start });

const badHint = {
  reason: "a hint that does not exist is a mistake, and silence would hide it",
  expected: { threw: { type: "TypeError" } },
};

const badHeaderName = {
  reason: "no HTTP message can carry such a name; workerd sends it on, or bytes of it that are no text",
  expected: { rejected: { type: "TypeError", message: "Invalid header name." } },
};

export const differences = {
  "ids-errors.unique-jurisdiction-unknown": jurisdictions({ threw: { type: "TypeError" } }),
  "ids-errors.unique-jurisdiction-empty": jurisdictions({ threw: { type: "TypeError" } }),
  "namespaces.get-foreign-named-id": foreignId,
  "namespaces.get-foreign-unique-id": foreignId,
  "namespaces.get-options-hint-number": badHint,
  "namespaces.get-options-hint-empty": badHint,
  "namespaces.get-options-hint-unknown": badHint,
  "namespaces.jurisdiction-eu": jurisdictions("function"),
  "namespaces.jurisdiction-fedramp": jurisdictions("function"),
  "namespaces.jurisdiction-unknown": jurisdictions({ threw: { type: "TypeError" } }),
  "namespaces.jurisdiction-number": jurisdictions({ threw: { type: "TypeError" } }),
  "namespaces.jurisdiction-ids-differ": jurisdictions(false),
  "namespaces.jurisdiction-unique": jurisdictions(64),
  "requests.headers-name-empty": badHeaderName,
  "requests.headers-name-unicode": badHeaderName,
  "requests.seen-by-the-object": { reason: "request.cf names the region here", expected: { cf: "object", used: [false, "b", true] } },
  "responses.raw-throws": developmentPage,
  "responses.raw-object-throws": developmentPage,
  "responses.raw-no-response": developmentPage,
  "responses.raw-undefined": developmentPage,
  "errors.abort-does-not-return": kept(["before"]),
  "storage.kept-after-abort": kept({ a: 1 }),
  "requests.body-array": {
    reason: "a request whose body gives no bytes is not sent; workerd sends it with what there was of its body",
    expected: { rejected: { type: "TypeError", message: "This ReadableStream did not return bytes." } },
  },
  "flowing.request-fails": {
    reason: "a request that breaks off is an error for who reads it; workerd shows it as one that has ended",
    expected: { failed: { type: "RangeError", message: "boom", remote: true } },
  },
  "sql.without-sqlite": notSqlite(["object"]),
  "sql.size-without-sqlite": notSqlite({ threw: { type: "Error" } }),
  "sql.kv-without-sqlite": notSqlite({ threw: { type: "Error" } }),
  "storage.put-129": documentedLimit({ rejected: tooMany }),
  "storage.put-129-leaves-nothing": documentedLimit(0),
  "storage.delete-129": documentedLimit({ threw: tooMany }),
};
