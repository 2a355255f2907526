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

const documentedLimit = {
  reason: "the documented limit holds; workerd counts only what get() is given",
  expected: { rejected: { type: "RangeError", message: "Maximum number of key value pairs is 128. 129 pairs were provided." } },
};

const KEY_TOO_LARGE = "Keys cannot be larger than 2048 bytes. A key of size 2049 was provided.";

const rejects = (message) => ({
  reason: "every storage method rejects; workerd's delete() throws at once",
  expected: { rejected: { message } },
});

const lone = (expected) => ({ reason: "a lone surrogate stays what it is; workerd reads back three U+FFFD", expected });

const badHint = {
  reason: "a hint that does not exist is a mistake, and silence would hide it",
  expected: { threw: { type: "TypeError" } },
};

const badHeaderName = {
  reason: "not a header's name by the standard",
  expected: { rejected: { type: "TypeError", message: "Invalid header name." } },
};

const anObjectsUrl = (url) => ({
  reason: "objects are reached by http and https only",
  expected: { rejected: { type: "TypeError", message: `Fetch API cannot load: ${url}` } },
});

// Not there yet: to be taken out when it is.
const later = (what, expected = {}) => ({ reason: `${what} comes later`, expected });

export const differences = {
  "ids.name-lone-high": lone({ name: "\ud800" }),
  "ids.name-lone-low": lone({ name: "\udc00" }),
  "ids.name-lone-high-inside": lone({ name: "a\udbffb" }),
  "ids.name-low-before-high": lone({ name: "\udc00\ud800" }),
  "ids.name-two-highs-and-low": lone({ name: "\ud83d\ud83d\ude00" }),
  "ids-errors.equals-heir": {
    reason: "what only inherits from an id is none",
    expected: { threw: { message: "Failed to execute 'equals' on 'DurableObjectId': parameter 1 is not of type 'DurableObjectId'." } },
  },
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
  "stubs.url-data": anObjectsUrl("data:text/plain,hi"),
  "requests.headers-name-empty": badHeaderName,
  "requests.headers-name-unicode": badHeaderName,
  "requests.body-lone-surrogate": { reason: "text is sent as valid UTF-8", expected: { body: { Uint8Array: { start: "efbfbd" } } } },
  "requests.body-array": { reason: "an array is text, as in browsers", expected: { body: { Uint8Array: { start: "312c32" } } } },
  "requests.body-stream": {
    reason: "a stream made by code is collected first, so its length is known",
    expected: { body: { Uint8Array: { start: "6f6e6574776f" } } },
  },
  "requests.body-Blob": later("Blob"),
  "requests.body-Blob-without-type": later("Blob"),
  "requests.body-FormData": later("FormData"),
  "requests.seen-by-the-object": { reason: "request.cf names the region here", expected: { cf: "object", used: [false, "b", true] } },
  "responses.read-as-blob": later("Blob"),
  "responses.redirect-for-ever": {
    reason: "the message does not list the URLs",
    expected: { rejected: { type: "TypeError", message: "Too many redirects." } },
  },
  "responses.redirect-to-ftp": anObjectsUrl("ftp://elsewhere.example/"),
  "responses.raw-599": { reason: "no name is made up for a status that has none", expected: { status: 599, body: "x" } },
  "responses.raw-throws": developmentPage,
  "responses.raw-object-throws": developmentPage,
  "responses.raw-no-response": developmentPage,
  "responses.raw-undefined": developmentPage,
  "errors.abort-does-not-return": kept(["before"]),
  "storage.put-129": documentedLimit,
  "storage.put-129-leaves-nothing": { ...documentedLimit, expected: 0 },
  "storage.delete-129": documentedLimit,
  "storage.key-lone-surrogate": lone(["\ud800"]),
  "storage.key-2049-in-get-many": { reason: "the documented limit holds", expected: { rejected: { message: KEY_TOO_LARGE } } },
  "storage.key-2049-delete": rejects(KEY_TOO_LARGE),
  "storage.delete-nothing": rejects(
    "Failed to execute 'delete' on 'DurableObjectStorage': parameter 1 is not of type 'string or Array'.",
  ),
  "storage.transaction-value": later("transaction()"),
  "storage.transaction-throws": later("transaction()"),
  "storage.transaction-rollback": later("transaction()"),
  "storage.kept-after-abort": kept({ a: 1 }),
};
