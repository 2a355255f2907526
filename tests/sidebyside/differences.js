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

export const differences = {
  "ids-errors.unique-jurisdiction-unknown": jurisdictions({ threw: { type: "TypeError" } }),
  "ids-errors.unique-jurisdiction-empty": jurisdictions({ threw: { type: "TypeError" } }),
  "namespaces.get-foreign-named-id": foreignId,
  "namespaces.get-foreign-unique-id": foreignId,
  "namespaces.jurisdiction-eu": jurisdictions("function"),
  "namespaces.jurisdiction-fedramp": jurisdictions("function"),
  "namespaces.jurisdiction-unknown": jurisdictions({ threw: { type: "TypeError" } }),
  "namespaces.jurisdiction-number": jurisdictions({ threw: { type: "TypeError" } }),
  "namespaces.jurisdiction-ids-differ": jurisdictions(false),
  "namespaces.jurisdiction-unique": jurisdictions(64),
  "responses.raw-throws": developmentPage,
  "responses.raw-object-throws": developmentPage,
  "responses.raw-no-response": developmentPage,
  "responses.raw-undefined": developmentPage,
  "errors.abort-does-not-return": kept(["before"]),
  "storage.kept-after-abort": kept({ a: 1 }),
};
